"""The `run` argument of tests: the learner's data for a probe, the reference's, and the comparison of both."""

from __future__ import annotations

import itertools
import json
import math
import random
import time
import types
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

import torch

from engine.frames import HEADER, pack, unpack
from exercises import inputs
from exercises.exercise import Exercise
from exercises.inputs import Arguments
from exercises.kit import compare
from exercises.kit.probes import summarized
from grader import messages
from grader.child import gpt2_vocabulary, side_effects
from grader.child.serve import SEED
from grader.judge.learner_process import ProbeResponder, Stopped
from grader.shrink import shrink

ProbeFunction = Callable[..., Any]
MAX_SHRINKS = 40


class WrongResult(AssertionError):
    """The learner's result is not the expected one. `wrong_form`: its type, shape or dtype is wrong."""

    wrong_form = False


class SolutionError(AssertionError):
    """The learner's code raised an exception, which `report` describes."""

    def __init__(self, message: str, report: dict[str, Any]) -> None:
        super().__init__(message)
        self.report = report


class SideEffect(AssertionError):
    """The learner's code changes something besides returning its result."""


class ReferenceFailure(RuntimeError):
    """The reference fails a probe: a fault of the exercise."""


@dataclass(frozen=True)
class ReferenceResult:
    """The reference's outcome for a probe call, and how long it took."""

    outcome: tuple[Any, ...]
    seconds: float


@dataclass
class ProbeCall:
    """A probe call and the learner's outcome: ("data", value, side effects) or ("raised", type, message)."""

    probe: str
    arguments: dict[str, Any]
    outcome: tuple[Any, ...]
    key: str
    seconds: float = 0.0  # of the reference
    tests: set[str] = field(default_factory=set)
    methods: frozenset[str] = frozenset()  # of the solution, that the call used

    @property
    def side_effects(self) -> dict[str, str]:
        """The learner's side effects: {kind: message}."""
        effects: dict[str, str] = self.outcome[2] if self.outcome[0] == "data" else {}
        return effects


def roundtrip(value: Any) -> Any:
    """Returns a value as it arrives after transfer between processes."""
    frame = pack(value)
    size, _ = HEADER.unpack(frame[: HEADER.size])
    return unpack(frame[HEADER.size : HEADER.size + size], frame[HEADER.size + size :])


def call_probe(probe: ProbeFunction, impl: types.ModuleType, arguments: dict[str, Any]) -> tuple[Any, ...]:
    """Calls a probe on the project's own code, in this process, and returns the outcome."""
    torch.default_generator.manual_seed(SEED)
    side_effects.take_side_effects(impl)
    try:
        data = roundtrip(probe(impl, **arguments))
        effects = side_effects.take_side_effects(impl)
        return ("data", summarized(probe, data), effects)
    except Exception as error:
        return ("raised", type(error).__name__, str(error))


class Run:
    """The `run` of the tests: `run("output")` returns the learner's data, `run.same("output")` compares it."""

    def __init__(
        self,
        responder: ProbeResponder,
        exercise: Exercise,
        probes: dict[str, Any],
        reference: types.ModuleType,
        reference_results: dict[str, ReferenceResult],
    ) -> None:
        self._responder = responder
        self._exercise = exercise
        self._probes = probes
        self._reference = reference
        self._reference_results = reference_results  # shared by all solutions
        self.actual_signatures: dict[str, str] = {}
        self.expected_signatures: dict[str, str] = {}
        self.aliases: dict[str, str] = {}  # the own names of classes that the solution assigns to a symbol
        self.calls: dict[str, ProbeCall] = {}
        self.test = ""
        self.shrinks = True  # whether a random case that fails is made small, for the message
        self.declared: dict[str, inputs.Probe] = {}  # the inputs of probes by name; shared by all solutions
        self.searches_end = math.inf  # in time.monotonic(): the searches for what is wrong end then
        self._methods: frozenset[str] = frozenset()
        self.imported = False  # whether the learner's process imported a library since this was set

    def __call__(self, probe: str, **arguments: Any) -> Any:
        """Returns the learner's data. Raises SolutionError, Stopped or WrongResult with a message for the learner."""
        self._responder.send(probe, arguments)
        return self._receive(probe, arguments)

    def once(self, probe: str, **arguments: Any) -> Any:
        """Like calling `run`, for a call too slow to repeat: it is left out of the diagnosis."""
        self._responder.send(probe, arguments)
        try:
            return self._receive(probe, arguments)
        finally:
            self.calls.pop(_key(probe, arguments), None)

    def _receive(self, probe: str, arguments: dict[str, Any]) -> Any:
        reply = self._responder.receive()
        self._methods = frozenset(reply.get("methods", ()))
        self.imported |= reply.get("imported", False)
        if report := reply.get("raised"):
            raise self._error(probe, arguments, report)
        if "unsendable" in reply:
            self._record(probe, arguments, ("raised", "Unsendable", reply["unsendable"]))
            error = WrongResult(f"Your code returned {reply['unsendable']}; it should return plain data or a tensor.")
            error.wrong_form = True
            raise error
        try:
            data = reply["summary"] if "summary" in reply else summarized(self._probes[probe], reply.get("result"))
        except Stopped:
            raise
        except Exception as error:  # data of the wrong type or shape
            report = {"kind": type(error).__name__, "text": str(error), "outside": True}
            raise self._error(probe, arguments, report) from None
        self._record(probe, arguments, ("data", data, reply.get("side_effects") or {}))
        return data

    def _error(self, probe: str, arguments: dict[str, Any], report: dict[str, Any]) -> SolutionError:
        self._record(probe, arguments, ("raised", report.get("kind"), report.get("text")))
        message = messages.exception(report, self.actual_signatures, self.expected_signatures, self.aliases)
        return SolutionError(message, report)

    def reference(self, probe: str, **arguments: Any) -> Any:
        """Returns the reference's data for the same probe."""
        key = _key(probe, arguments)
        if key not in self._reference_results:
            started = time.perf_counter()
            outcome = call_probe(self._probes[probe], self._reference, arguments)
            self._reference_results[key] = ReferenceResult(outcome, time.perf_counter() - started)
        outcome = self._reference_results[key].outcome
        if outcome[0] == "raised" and outcome[2] == gpt2_vocabulary.MISSING:
            raise WrongResult(gpt2_vocabulary.MISSING)
        if outcome[0] == "raised":
            raise ReferenceFailure(f"the reference fails the probe {probe}: {outcome[1]}: {outcome[2]}")
        return outcome[1]

    def same(
        self, probe: str, *, hint: str = "", what: str = "result",
        rtol: float = compare.RTOL, atol: float = compare.ATOL, **arguments: Any,
    ) -> Any:  # fmt: skip
        """Returns the learner's data if it equals the reference's. `hint` is added to the message if it does not."""
        self._responder.send(probe, arguments)
        try:  # the learner's process computes at the same time
            expected = self.reference(probe, **arguments)
        except Exception:
            self._responder.receive()  # else the next probe would get this reply
            raise
        actual = self._receive(probe, arguments)
        self.equal(actual, expected, hint=hint, what=what, rtol=rtol, atol=atol)
        return actual

    def equal(
        self, actual: Any, expected: Any, *, hint: str = "", what: str = "result",
        rtol: float = compare.RTOL, atol: float = compare.ATOL,
    ) -> None:  # fmt: skip
        """Raises WrongResult with the first difference between two values."""
        if difference := compare.difference(actual, expected, rtol, atol, what):
            error = WrongResult(f"{difference} {hint}".strip())
            error.wrong_form = isinstance(difference, compare.FormMessage)
            raise error

    def side_effects(self, *kinds: str) -> list[tuple[ProbeCall, str]]:
        """Returns the side effects of the calls so far, of these kinds or of any, as (call, message)."""
        effects = []
        for call in self.calls.values():
            by_kind = call.side_effects
            effects += [(call, says) for kind, says in by_kind.items() if not kinds or kind.split()[0] in kinds]
        return effects

    def check_side_effects(self, *kinds: str) -> None:
        """Raises SideEffect with the first side effect."""
        effects = self.side_effects(*kinds)
        for call, _ in effects:
            call.tests.add(self.test)
        if effects:
            raise SideEffect(effects[0][1])

    def vary(self, probe: str, *, cases: int = 6, hint: str = "", what: str = "result", rtol: float = compare.RTOL,
             atol: float = compare.ATOL, **fixed: Any) -> None:  # fmt: skip
        """Calls `same` with the smallest values of the probe's arguments, the largest, and random ones between them,
        the same in every run. A failing case is shrunk before it is shown."""
        declared = self.declared.get(probe) or inputs.probe(self._exercise, probe)
        self.declared[probe] = declared
        varied = replace(declared, arguments=tuple(arg for arg in declared.arguments if arg.name not in fixed))

        def failure(case: Arguments) -> AssertionError | None:
            try:
                self.same(probe, hint=hint, what=what, rtol=rtol, atol=atol, **fixed, **case)
            except (WrongResult, SolutionError) as error:
                return error
            return None

        for case in varied.cases(cases, random.Random(probe)):
            if error := failure(case):
                raise _shrunk(varied, case, error, failure) if self.shrinks else error

    def _record(self, probe: str, arguments: dict[str, Any], outcome: tuple[Any, ...]) -> None:
        key = _key(probe, arguments)
        call = self.calls.setdefault(key, ProbeCall(probe, arguments, outcome, key))
        call.outcome = outcome
        call.methods |= self._methods
        call.seconds = self._reference_results[key].seconds if key in self._reference_results else 0.0
        call.tests.add(self.test)


def _key(probe: str, arguments: dict[str, Any]) -> str:
    return probe + json.dumps(arguments, sort_keys=True, default=repr)


def _shrunk(
    probe: inputs.Probe, case: Arguments, error: AssertionError, failure: Callable[[Arguments], AssertionError | None]
) -> AssertionError:
    """Returns the error of the smallest failing case found; its message names the case."""
    errors = {repr(case): error}
    calls = itertools.count()

    def fails(smaller: Arguments) -> bool:
        error = failure(smaller) if next(calls) < MAX_SHRINKS else None
        if error is not None:
            errors[repr(smaller)] = error
        return error is not None

    smallest = shrink(probe, case, fails)
    error = errors[repr(smallest)]
    named = ", ".join(f"{name}={value}" for name, value in smallest.items())
    error.args = (f"With {named}: {error}",)
    return error
