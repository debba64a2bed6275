"""Finds the first step in which the learner's code diverges from the reference, whatever its style.

The learner's process records every tensor that the code computes, and digests of its lists, dicts and texts. The
reference runs under a tracer that records its local variables. The first variable whose value the learner's code never
computed is the divergence. Tensors are compared as multisets, so layout does not matter. A variable is excused when a
later one computed from it matches: the learner's code takes a different route to the same values.
"""

from __future__ import annotations

import ast
import sys
import types
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import torch

from grader.child.tensor_recorder import multiset
from grader.child.value_recorder import KINDS, digest, is_changed

MAX_STEPS = 200


Comparison = tuple[list[tuple[str, bool]], str | None]  # each variable and whether it matches; the first that does not


@dataclass
class Step:
    """A value of a local variable of the reference; `after` are the steps that it is computed from."""

    name: str
    values: torch.Tensor | str  # a multiset, or the digest of a list, dict or text
    after: set[int] = field(default_factory=set)


class Tracer:
    """Records the local variables of the symbols under test, whose line ranges in `filename` are `spans`."""

    def __init__(self, filename: str, source: str, spans: list[tuple[int, int]]) -> None:
        self.filename = filename
        self.spans = spans
        self.steps: list[Step] = []
        self._loads = _loaded_names(source)

    def run(self, call: Callable[[], Any]) -> None:
        """Runs the call and ignores its exceptions."""
        previous = sys.gettrace()
        sys.settrace(self._enter)
        try:
            call()
        except Exception:  # some probes provoke an error
            return
        finally:
            sys.settrace(previous)

    def _enter(self, frame: types.FrameType, event: str, arg: Any) -> Any:
        code = frame.f_code
        if code.co_filename != self.filename or code.co_name == "__init__":
            return None
        if not any(first <= code.co_firstlineno <= last for first, last in self.spans):
            return None
        return _FrameTracer(self, frame).trace


class _FrameTracer:
    def __init__(self, tracer: Tracer, frame: types.FrameType) -> None:
        self.tracer = tracer
        self.sizes: dict[str, tuple[int, int]] = {}
        self.seen: dict[str, Any] = dict(self._values(frame, True))
        self.latest: dict[str, int] = {}
        self.line = 0
        self.line_start = len(tracer.steps)

    def trace(self, frame: types.FrameType, event: str, arg: Any) -> Any:
        if event in ("line", "return"):
            self._record(frame, event == "return")
            self.line, self.line_start = frame.f_lineno, len(self.tracer.steps)
        return self.trace

    def _record(self, frame: types.FrameType, last: bool) -> None:
        steps = self.tracer.steps
        called = set(range(self.line_start, len(steps)))  # steps of the functions that the line calls
        for name, mark in self._values(frame, last):
            if self.seen.get(name) == mark or len(steps) >= MAX_STEPS:
                continue
            self.seen[name] = mark
            values = mark if isinstance(mark, str) else multiset(frame.f_locals[name])
            if values is None:
                continue
            loads = self.tracer._loads.get(self.line, set())
            after = {self.latest[used] for used in loads if used in self.latest} | called
            steps.append(Step(name, values, after))
            self.latest[name] = len(steps) - 1

    def _values(self, frame: types.FrameType, digest_all: bool) -> list[tuple[str, Any]]:
        """Returns the local variables whose data can have changed, each with a tensor version or a digest."""
        changed: list[tuple[str, Any]] = []
        for name, value in frame.f_locals.items():
            if isinstance(value, torch.Tensor):
                changed.append((name, (id(value), value._version)))
            elif isinstance(value, KINDS) and (is_changed(self.sizes, name, value) or digest_all):
                mark = digest(value)
                changed += [(name, mark)] if mark else []
        return changed


def _loaded_names(source: str) -> dict[int, set[str]]:
    """Returns the names that each line loads."""
    names_by_line: dict[int, set[str]] = {}
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Assign | ast.AugAssign | ast.AnnAssign | ast.Expr | ast.Return | ast.For):
            part = node.iter if isinstance(node, ast.For) else node
            names = {n.id for n in ast.walk(part) if isinstance(n, ast.Name)}
            for line in range(node.lineno, (part.end_lineno or node.lineno) + 1):
                names_by_line.setdefault(line, set()).update(names)
    return names_by_line


def compare(steps: list[Step], made: list[torch.Tensor], seen: set[str]) -> Comparison:
    """Compares the reference's steps with the learner's tensors and digests, in the reference's order."""
    by_size: dict[int, list[torch.Tensor]] = {}
    for values in made:
        by_size.setdefault(values.numel(), []).append(values)

    def matches(values: torch.Tensor | str) -> bool:
        if isinstance(values, str):
            return values in seen
        return any(_tensors_equal(values, other) for other in by_size.get(values.numel(), []))

    excused = [matches(step.values) for step in steps]
    for index in range(len(steps) - 1, -1, -1):  # a matching step excuses those it is computed from
        if excused[index]:
            for earlier in steps[index].after:
                excused[earlier] = True
    listed: dict[str, bool] = {}
    for step, fine in zip(steps, excused, strict=True):
        listed[step.name] = listed.get(step.name, True) and fine
    first = next((step.name for step, fine in zip(steps, excused, strict=True) if not fine), None)
    return list(listed.items()), first


def _tensors_equal(first: torch.Tensor, second: torch.Tensor) -> bool:
    return torch.allclose(first, second, rtol=1e-4, atol=1e-6, equal_nan=True)
