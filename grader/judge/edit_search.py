"""Names the small change of the reference that gives exactly the learner's results, where no known mistake does.

It is asked last, for code that is wrong in a way that the exercise's author did not think of.
"""

from __future__ import annotations

import ast
import contextlib
import inspect
import math
import signal
import time
import types
import warnings
from collections.abc import Iterator, Sequence
from typing import Any

import torch
from torch.utils._pytree import tree_leaves

from exercises.exercise import Exercise
from grader.child import side_effects
from grader.edits.edit import Edit
from grader.edits.generate import edits
from grader.edits.kinds import kinds_of
from grader.judge.mistakes import differs, outcomes_equal
from grader.judge.run import ProbeCall, Run, call_probe
from grader.source import reference_source
from grader.verdict import EDIT, MatchedMistake

MAX_SECONDS = 1.5  # of processor time, for the whole search
MAX_TRACED_CALLS = 3
MAX_CALL_SECONDS = 0.2  # for one call, beyond what is usual: a change can make a loop endless
Functions = dict[tuple[str, str], types.FunctionType]  # by (the owner's name or "", the name)
UNLIKELY = (
    "order",
    "value",
    "result",
    "name",
)  # the kinds of changes that are tried last, since people make them seldom
LITTLE = 3  # distinct values: fewer equal ones can be chance
MAX_VALUES = 20  # of a tensor that are looked at


class _TooSlow(BaseException):
    """A change makes a call take too long. Not an Exception, so that no code of the reference handles it."""


class EditSearch:
    """The small changes of one exercise's reference."""

    def __init__(self, exercise: Exercise, source: str, reference: types.ModuleType, probes: dict[str, Any]) -> None:
        self.exercise = exercise
        self.reference = reference
        self.probes = probes
        self.source = source
        self.tree = ast.parse(source)

    def match(self, run: Run, variable: str | None = None) -> MatchedMistake | None:
        """Returns the first change that agrees with the learner's code in all calls, or None.

        variable: the first one of the reference that the learner's code never computed; its line is tried first
        """
        calls = list(run.calls.values())
        differing = sorted((call for call in calls if differs(call, run)), key=lambda call: call.seconds)
        if not differing or not _says_enough(differing):
            return None
        ordered = [*differing, *(call for call in calls if call not in differing)]
        impl, functions = self._copy()
        with _Clock(MAX_SECONDS, run.searches_end) as clock, warnings.catch_warnings():
            warnings.simplefilter("ignore")  # a change may do what libraries warn of
            for edit in self._ordered(variable, differing):
                if clock.is_over():
                    break
                if self._explains(edit, ordered, impl, functions, clock):
                    return MatchedMistake(EDIT + edit.kind, f"Your results are those of code {edit.sentence}.")
        return None

    def _ordered(self, variable: str | None, calls: Sequence[ProbeCall]) -> list[Edit]:
        """Returns the changes in the order in which they are tried: those of the variable's lines, likely slips, the
        nearest."""
        kinds = kinds_of(lambda: self._reference_outcomes(calls), reference_source.FILENAME)
        stores = [
            node for node in ast.walk(self.tree) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)
        ]
        lines = [node.lineno for node in stores if node.id == variable]
        lines += self._lines_that_make(lines)

        def order(edit: Edit) -> tuple[bool, int, int]:
            distance = min((abs(edit.line - line) for line in lines), default=0)
            return distance > 0, UNLIKELY.index(edit.kind) + 1 if edit.kind in UNLIKELY else 0, distance

        return sorted(edits(self.tree, kinds), key=order)

    def _lines_that_make(self, lines: list[int]) -> list[int]:
        """Returns the lines in which the attributes that these lines use get their values."""
        parts = [node for node in ast.walk(self.tree) if isinstance(node, ast.Attribute)]
        used = {node.attr for node in parts if node.lineno in lines and isinstance(node.ctx, ast.Load)}
        return [node.lineno for node in parts if node.attr in used and isinstance(node.ctx, ast.Store)]

    def _reference_outcomes(self, calls: Sequence[ProbeCall]) -> None:
        for call in calls[:MAX_TRACED_CALLS]:
            call_probe(self.probes[call.probe], self.reference, call.arguments)

    def _copy(self) -> tuple[types.ModuleType, Functions]:
        """Returns the reference as a module for probes, and its functions, whose code can be replaced."""
        module = reference_source.module(self.source, "edited_reference")
        module.__dict__.update(math=math, torch=torch)  # which changes name
        functions: Functions = {}
        for node in self.tree.body:
            owner = node.name if isinstance(node, ast.ClassDef) else ""
            for name in [part.name for part in ast.walk(node) if isinstance(part, ast.FunctionDef)]:
                function = inspect.unwrap(
                    inspect.getattr_static(getattr(module, owner) if owner else module, name, None)
                )
                if isinstance(function, types.FunctionType):
                    functions[owner, name] = function
        return side_effects.SideEffectRecorder(module, self.exercise.symbols, self.exercise.changes).impl, functions

    def _explains(
        self, edit: Edit, calls: Sequence[ProbeCall], impl: types.ModuleType, functions: Functions, clock: _Clock
    ) -> bool:
        function = functions.get((edit.owner, edit.function.name))
        if function is None:
            return False
        code = function.__code__
        try:
            with edit.applied():
                function.__code__ = _compiled(edit)
            return all(_agrees(call.outcome, self._outcome(impl, call, clock)) for call in calls)
        except (Exception, _TooSlow):  # a change that is no Python, or that takes too long
            return False
        finally:
            function.__code__ = code

    def _outcome(self, impl: types.ModuleType, call: ProbeCall, clock: _Clock) -> tuple[Any, ...]:
        with clock.call(call.seconds):
            return call_probe(self.probes[call.probe], impl, call.arguments)


def _compiled(edit: Edit) -> types.CodeType:
    """Returns the code of the edit's function, compiled in a class of its own if it is a method."""
    node: ast.stmt = edit.function
    if edit.owner:
        node = ast.fix_missing_locations(ast.ClassDef(edit.owner, [], [], [ast.Pass()], []))
        node.body = [edit.function]
    module = ast.Module([node], [])
    code = compile(module, reference_source.FILENAME, "exec", annotations.compiler_flag, dont_inherit=True)
    for _ in range(2 if edit.owner else 1):
        code = next(part for part in code.co_consts if isinstance(part, types.CodeType))
    return code


def _agrees(learners: tuple[Any, ...], outcome: tuple[Any, ...]) -> bool:
    """Whether the outcomes are equal; of two exceptions, only the type counts, since their texts depend on the code."""
    if learners[0] == outcome[0] == "raised":
        return bool(learners[1] == outcome[1])
    return outcomes_equal(learners, outcome)


def _says_enough(differing: Sequence[ProbeCall]) -> bool:
    """Whether the learner's wrong results contain so much that equal ones are no chance. NaN says nothing."""
    leaves = [leaf for call in differing if call.outcome[0] == "data" for leaf in tree_leaves(call.outcome[1])]
    values = {value for leaf in leaves for value in _values(leaf)}
    return len(values) >= LITTLE or any(isinstance(value, float) and value % 1 for value in values)


def _values(leaf: Any) -> list[Any]:
    if isinstance(leaf, str):
        return leaf.split()
    if isinstance(leaf, torch.Tensor):
        values = leaf.flatten()[:MAX_VALUES].tolist() if leaf.device.type == "cpu" else []
    else:
        values = [leaf]
    return [value for value in values if isinstance(value, int | float) and math.isfinite(value)]


class _Clock:
    """Bounds the processor time of a search and of each call in it."""

    def __init__(self, seconds: float, end: float) -> None:
        self.cpu_end = time.process_time() + seconds
        self.end = end
        self.calls = False

    def __enter__(self) -> _Clock:
        self.previous = signal.signal(signal.SIGVTALRM, self._on_alarm)
        return self

    def __exit__(self, *_: object) -> None:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, self.previous)

    def is_over(self) -> bool:
        return time.process_time() > self.cpu_end or time.monotonic() > self.end

    @contextlib.contextmanager
    def call(self, usual: float) -> Iterator[None]:
        """Raises _TooSlow in the block after MAX_CALL_SECONDS more than a few times the usual seconds."""
        signal.setitimer(
            signal.ITIMER_VIRTUAL, MAX_CALL_SECONDS + 3 * usual, 0.05
        )  # again, in case a library catches the first
        self.calls = True
        try:
            yield
        finally:
            self.calls = False
            signal.setitimer(signal.ITIMER_VIRTUAL, 0)

    def _on_alarm(self, *_: Any) -> None:
        if self.calls:
            raise _TooSlow
