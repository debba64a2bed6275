"""What a test calls `run`: the learner's data for a probe, the reference's, and the comparison of both."""

from __future__ import annotations

import itertools
import json
import random
import time
import types
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

import torch

from engine.frames import HEADER, pack, unpack
from exercises import inputs
from exercises.course import Exercise
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
    """The learner's result is not what it should be; `form`: not even of the right type, shape or dtype."""

    form = False


class SolutionError(AssertionError):
    """The learner's code raised; `report` says what and where."""

    def __init__(self, message: str, report: dict[str, Any]) -> None:
        super().__init__(message)
        self.report = report


@dataclass(frozen=True)
class ReferenceResult:
    """What the reference answered to a call, and how long it took."""

    outcome: tuple[Any, ...]
    seconds: float


@dataclass
class ProbeCall:
    """One probe call as it went for the learner: ("data", value, what was noticed) or ("raised", kind, text)."""

    probe: str
    arguments: dict[str, Any]
    outcome: tuple[Any, ...]
    key: str
    seconds: float = 0.0  # that the reference took
    tests: set[str] = field(default_factory=set)


def roundtrip(value: Any) -> Any:
    """A value as it looks after crossing between processes."""
    frame = pack(value)
    size, _ = HEADER.unpack(frame[: HEADER.size])
    return unpack(frame[HEADER.size : HEADER.size + size], frame[HEADER.size + size :])


def call_probe(probe: ProbeFunction, impl: types.ModuleType, arguments: dict[str, Any]) -> tuple[Any, ...]:
    """The outcome of a probe on code of the project's own, in this process."""
    torch.default_generator.manual_seed(SEED)
    side_effects.take_side_effects(impl)
    try:
        data = roundtrip(probe(impl, **arguments))
        noticed = side_effects.take_side_effects(impl)
        return ("data", summarized(probe, data), noticed)
    except Exception as error:
        return ("raised", type(error).__name__, str(error))


class Run:
    """`run("output")` is the learner's data; `run.same("output")` compares it with the reference's."""

    def __init__(
        self,
        learner: ProbeResponder,
        exercise: Exercise,
        probes: dict[str, Any],
        reference: types.ModuleType,
        known: dict[str, ReferenceResult],
    ) -> None:
        self._learner = learner
        self._exercise = exercise
        self._probes = probes
        self._reference = reference
        self.yours: dict[str, str] = {}
        self.expected: dict[str, str] = {}
        self.calls: dict[str, ProbeCall] = {}
        self.known = known  # the reference's answers: the same for every learner
        self.test = ""

    def __call__(self, probe: str, **arguments: Any) -> Any:
        """The learner's data. Raises SolutionError, Stopped or WrongResult, all with a sentence for the learner."""
        self._learner.send(probe, arguments)
        return self._take(probe, arguments)

    def once(self, probe: str, **arguments: Any) -> Any:
        """The learner's data of a call that takes too long to be asked of anything else: neither the reference nor
        the known mistakes answer it, and no step of it is looked for."""
        self._learner.send(probe, arguments)
        try:
            return self._take(probe, arguments)
        finally:
            self.calls.pop(_key(probe, arguments), None)

    def _take(self, probe: str, arguments: dict[str, Any]) -> Any:
        reply = self._learner.receive()
        if report := reply.get("raised"):
            raise self._raised(probe, arguments, report)
        if "unsendable" in reply:
            self._log(probe, arguments, ("raised", "Unsendable", reply["unsendable"]))
            raise WrongResult(f"Your code returned {reply['unsendable']}; the task asks for plain data or a tensor.")
        try:
            data = reply["summary"] if "summary" in reply else summarized(self._probes[probe], reply.get("result"))
        except Stopped:
            raise
        except Exception as error:  # data of the wrong type or shape
            report = {"kind": type(error).__name__, "text": str(error), "outside": True}
            raise self._raised(probe, arguments, report) from None
        self._log(probe, arguments, ("data", data, reply.get("side_effects") or {}))
        return data

    def _raised(self, probe: str, arguments: dict[str, Any], report: dict[str, Any]) -> SolutionError:
        self._log(probe, arguments, ("raised", report.get("kind"), report.get("text")))
        return SolutionError(messages.of_report(report, self.yours, self.expected), report)

    def reference(self, probe: str, **arguments: Any) -> Any:
        """The reference's data for the same probe."""
        key = _key(probe, arguments)
        if key not in self.known:
            started = time.perf_counter()
            outcome = call_probe(self._probes[probe], self._reference, arguments)
            self.known[key] = ReferenceResult(outcome, time.perf_counter() - started)
        outcome = self.known[key].outcome
        if outcome[0] == "raised" and outcome[2] == gpt2_vocabulary.MISSING:
            raise WrongResult(gpt2_vocabulary.MISSING)
        if outcome[0] == "raised":
            raise RuntimeError(f"the reference fails its own probe {probe}: {outcome[1]}: {outcome[2]}")
        return outcome[1]

    def same(
        self, probe: str, *, hint: str = "", what: str = "result",
        rtol: float = compare.RTOL, atol: float = compare.ATOL, **arguments: Any,
    ) -> Any:  # fmt: skip
        """The learner's data, after comparing it with the reference's; `hint` is added to the sentence."""
        self._learner.send(probe, arguments)
        try:  # worked out while the learner's process works on its own
            expected = self.reference(probe, **arguments)
        except Exception:
            self._learner.receive()  # else the next probe would get this one's reply
            raise
        mine = self._take(probe, arguments)
        self.equal(mine, expected, hint=hint, what=what, rtol=rtol, atol=atol)
        return mine

    def equal(
        self, actual: Any, expected: Any, *, hint: str = "", what: str = "result",
        rtol: float = compare.RTOL, atol: float = compare.ATOL,
    ) -> None:  # fmt: skip
        """Compares two values and raises WrongResult with a sentence about the first difference."""
        if found := compare.difference(actual, expected, rtol, atol, what):
            wrong = WrongResult(f"{found} {hint}".strip())
            wrong.form = isinstance(found, compare.FormMessage)
            raise wrong

    def side_effects(self, *kinds: str) -> list[tuple[ProbeCall, str]]:
        """What was noticed beside the results of all calls so far (of these kinds, else of any), with the calls."""
        told = []
        for call in self.calls.values():
            found = call.outcome[2] if call.outcome[0] == "data" else {}
            told += [(call, says) for kind, says in found.items() if not kinds or kind.split()[0] in kinds]
        return told

    def check_side_effects(self, *kinds: str) -> None:
        """Raises WrongResult with the first thing that was noticed."""
        told = self.side_effects(*kinds)
        for call, _ in told:
            call.tests.add(self.test)
        if told:
            raise WrongResult(told[0][1])

    def vary(self, probe: str, *, cases: int = 6, hint: str = "", what: str = "result", rtol: float = compare.RTOL,
             atol: float = compare.ATOL, **fixed: Any) -> None:  # fmt: skip
        """Calls `same` with the smallest values of the probe's arguments, the largest, and random ones between them,
        the same in every run. A failing case is shrunk before it is shown."""
        declared = inputs.probe(self._exercise, probe)
        varied = replace(declared, arguments=tuple(arg for arg in declared.arguments if arg.name not in fixed))

        def failure(case: Arguments) -> AssertionError | None:
            try:
                self.same(probe, hint=hint, what=what, rtol=rtol, atol=atol, **fixed, **case)
            except (WrongResult, SolutionError) as error:
                return error
            return None

        for case in varied.cases(cases, random.Random(probe)):
            if error := failure(case):
                raise _shrunk(varied, case, error, failure)

    def _log(self, probe: str, arguments: dict[str, Any], outcome: tuple[Any, ...]) -> None:
        key = _key(probe, arguments)
        call = self.calls.setdefault(key, ProbeCall(probe, arguments, outcome, key))
        call.outcome = outcome
        call.seconds = self.known[key].seconds if key in self.known else 0.0
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
