"""Tries to break a solution with chosen or random inputs, by comparing its answers with the reference's.

As in a check, the learner's code runs in processes of its own, forked before the reference is loaded. Where one of
them ends, the next one continues.
"""

from __future__ import annotations

import base64
import random
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import msgspec

from engine import reap
from engine.platform import can_fork
from engine.sandbox.namespaces import SandboxUnavailable
from exercises import inputs
from exercises.inputs import Arguments
from grader import messages
from grader.child import solution
from grader.exercise_context import context_for
from grader.judge import grade, watchdog
from grader.judge.counterexamples import (
    Counterexample,
    ReferenceAnswers,
    RefusedInput,
    Signatures,
    find_counterexample,
    format_value,
)
from grader.judge.exercise_grader import load_reference
from grader.judge.learner_process import LearnerProcess, Stopped
from grader.judge.run import ProbeFunction
from grader.shrink import shrink
from grader.source import reference_source
from grader.verdict import Trial

prepare = grade.prepare

MAX_SHRINK_INPUTS, SHRINK_SECONDS = 200, 6.0


def challenge(request: dict[str, Any], emit: Callable[[dict[str, Any]], None]) -> None:
    """Emits one {"trial"}."""
    watchdog.limit_memory()
    attempt = Challenge(request)
    try:
        emit({"trial": msgspec.to_builtins(attempt.trial())})
    except SandboxUnavailable as error:
        emit({"refused": str(error)})
    finally:
        attempt.close()
        reap.kill_strays(set())


class NoProcessLeft(Exception):
    """No learner's process is left to answer."""


class Challenge:
    """One solution and one probe."""

    def __init__(self, request: dict[str, Any]) -> None:
        self.request = request
        self.exercise = grade.exercise_from(request["context"])
        self.context = context_for(self.exercise, request["context"]["parts"])
        self.source = base64.b64decode(request["source"])
        reference, probes = load_reference(self.exercise, reference_source.text(self.exercise))
        self.expected_signatures = solution.signatures(reference, list(self.exercise.symbols))
        self.reference_answers = ReferenceAnswers(reference)
        self.probe = inputs.probe(self.exercise, request["probe"])
        self.function: ProbeFunction = getattr(probes, self.probe.name)
        self.learner: LearnerProcess | None = None
        self.answered = 0  # inputs sent to the current process
        self.tried = 0
        self.actual_signatures: Signatures = {}

    def trial(self) -> Trial:
        """Tries the requested input, or random inputs until one breaks the solution."""
        if self.request["arguments"] is not None:
            return self._try_one(self.request["arguments"])
        generator = random.Random(self.request["seed"])
        refused: RefusedInput | None = None
        for _ in range(self.request["tries"]):
            case = self.probe.random_arguments(generator)
            try:
                counterexample = self.run(case)
            except RefusedInput as error:
                refused = error
                continue
            except NoProcessLeft:
                break
            if counterexample is None:
                continue
            if self.answered > 1 and self.switch_process():
                again = self.run(case)
                if again is None:
                    says = f"{counterexample.says} (Only after other inputs: the code keeps state between calls.)"
                    return self._broke(case, replace(counterexample, says=says))
                counterexample = again
            return self._shrunk(case, counterexample)
        if not self.tried and refused is not None:
            return Trial("invalid", str(refused))
        return Trial("survived", f"It agrees with the reference on {self.tried} inputs.", tried=self.tried)

    def _try_one(self, case: Arguments) -> Trial:
        try:
            counterexample = self.run(case)
        except RefusedInput as error:
            return Trial("invalid", str(error))
        if counterexample is None:
            return Trial("survived", "It agrees with the reference.", tried=1)
        return self._shrunk(case, counterexample)

    def _shrunk(self, case: Arguments, first: Counterexample) -> Trial:
        """Returns the trial with the smallest input that breaks the solution in a new process too."""
        deadline = time.monotonic() + SHRINK_SECONDS
        budget = self.tried + MAX_SHRINK_INPUTS
        counterexamples: dict[str, Counterexample] = {}

        def fails(smaller: Arguments) -> bool:
            if self.tried >= budget or time.monotonic() > deadline:
                return False
            try:
                counterexample = self.run(smaller)
            except (RefusedInput, NoProcessLeft):
                return False
            if counterexample is not None:
                counterexamples[repr(smaller)] = counterexample
            return counterexample is not None

        smallest = shrink(self.probe, case, fails)
        if smallest == case:
            return self._broke(case, first)
        if self.answered > 1 and self.switch_process():
            again = self.run(smallest)
            return self._broke(case, first) if again is None else self._broke(smallest, again)
        return self._broke(smallest, counterexamples[repr(smallest)])

    def _broke(self, case: Arguments, counterexample: Counterexample) -> Trial:
        return Trial("broke", counterexample.says, case, counterexample.actual, counterexample.expected, self.tried)

    def run(self, case: Arguments) -> Counterexample | None:
        """Returns how an input breaks the solution, if it does. Raises RefusedInput and NoProcessLeft."""
        expected = self.reference_answers.answer(self.probe.name, self.function, case)
        if self.learner is not None and self.learner.stopped is not None and not self.switch_process():
            raise NoProcessLeft
        self.tried += 1
        try:
            learner = self._current_learner()
            self.answered += 1
            with watchdog.time_limit(self.request["seconds"] + grade.EXTRA_SECONDS, learner):
                reply = learner.call(self.probe.name, case)
                return find_counterexample(
                    self.function, reply, expected, self.actual_signatures, self.expected_signatures
                )
        except Stopped as stopped:
            is_first = self.answered <= 1
            if not is_first and self.switch_process():  # earlier inputs can be the reason
                self.tried -= 1
                return self.run(case)
            return Counterexample(messages.impersonal(str(stopped)), "", format_value(expected)) if is_first else None

    def _current_learner(self) -> LearnerProcess:
        """Returns a process that has loaded the solution. Raises Stopped where it cannot be loaded."""
        if self.learner is None:
            if can_fork() and not grade.standby:
                raise NoProcessLeft
            learner = grade.standby.pop() if grade.standby else LearnerProcess(lambda: None)
            self.learner, self.answered = learner, 0
            learner.begin(self.context, self.source, self.request["seconds"])
            reply = learner.receive()
            if report := reply.get("broken"):
                learner.stopped = Stopped("error", messages.exception(report, {}, {}))
            self.actual_signatures = reply.get("loaded") or {}
            if learner.stopped is not None:
                raise learner.stopped
        return self.learner

    def switch_process(self) -> bool:
        """Ends the current process if there is another one to continue."""
        if can_fork() and not grade.standby:
            return False
        if self.learner is not None:
            self.learner.close()
        self.learner = None
        return True

    def close(self) -> None:
        for learner in [*grade.standby, *([self.learner] if self.learner else [])]:
            learner.close()
