"""A solution against the reference on inputs that a person thought of, or that chance did.

As in a check, the learner's code runs in processes of its own that were forked before the reference was loaded; here
are only its answers. Where one of the processes ends, the next that waits goes on.
"""

from __future__ import annotations

import base64
import random
import time
from collections.abc import Callable
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
from grader.judge.counterexamples import Expected, Found, Invalid, Signatures, found, shown
from grader.judge.exercise_grader import answers
from grader.judge.learner_process import LearnerProcess, Stopped
from grader.judge.run import ProbeFunction
from grader.shrink import shrink
from grader.source import reference_source
from grader.verdict import Trial

prepare = grade.prepare

SHRINKS, SHRINKING = 200, 6.0  # inputs at most, and seconds, to find a smaller one


def challenge(job: dict[str, Any], emit: Callable[[dict[str, Any]], None]) -> None:
    """Emits one {"trial"}."""
    watchdog.limit_memory()
    contest = Contest(job)
    try:
        emit({"trial": msgspec.to_builtins(contest.trial())})
    except SandboxUnavailable as error:
        emit({"refused": str(error)})
    finally:
        contest.close()
        reap.kill_strays(set())


class Contest:
    """One solution and one probe."""

    def __init__(self, job: dict[str, Any]) -> None:
        self.job = job
        self.exercise = grade.exercise_of(job["subject"])
        self.question = context_for(self.exercise, job["subject"]["parts"])
        self.source = base64.b64decode(job["source"])
        reference, probes = answers(self.exercise, reference_source.text(self.exercise))
        self.signatures = solution.signatures(reference, list(self.exercise.symbols))
        self.right = Expected(reference)
        self.asked = inputs.probe(self.exercise, job["probe"])
        self.probe: ProbeFunction = getattr(probes, self.asked.name)
        self.learner: LearnerProcess | None = None
        self.answered = 0  # inputs by the process that answers now
        self.tried = 0
        self.yours: Signatures = {}

    def trial(self) -> Trial:
        """The answer for the input of the job, or for inputs by chance."""
        if self.job["arguments"] is not None:
            return self._one(self.job["arguments"])
        chance = random.Random(self.job["seed"])
        refused: Invalid | None = None
        for _ in range(self.job["tries"]):
            case = self.asked.random_arguments(chance)
            try:
                how = self.run(case)
            except Invalid as error:
                refused = error
                continue
            except Exhausted:
                break
            if how is None:
                continue
            if self.answered > 1 and self.fresh():
                again = self.run(case)
                if again is None:
                    says = f"{how.says} (Only after other inputs: something is kept from one call to the next.)"
                    return self._broke(case, Found(says, how.theirs, how.expected))
                how = again
            return self._smallest(case, how)
        if not self.tried and refused is not None:
            return Trial("invalid", str(refused))
        return Trial("survived", f"It agrees with the reference on {self.tried} inputs.", tried=self.tried)

    def _one(self, case: Arguments) -> Trial:
        try:
            how = self.run(case)
        except Invalid as error:
            return Trial("invalid", str(error))
        if how is None:
            return Trial("survived", "It agrees with the reference.", tried=1)
        return self._smallest(case, how)

    def _smallest(self, case: Arguments, first: Found) -> Trial:
        """The trial with the smallest input that breaks it. One that does so only after others does not count."""
        until = time.monotonic() + SHRINKING
        budget = self.tried + SHRINKS
        known: dict[str, Found] = {}

        def breaks(smaller: Arguments) -> bool:
            if self.tried >= budget or time.monotonic() > until:
                return False
            try:
                how = self.run(smaller)
            except (Invalid, Exhausted):
                return False
            if how is not None:
                known[repr(smaller)] = how
            return how is not None

        smallest = shrink(self.asked, case, breaks)
        if smallest == case:
            return self._broke(case, first)
        how = known[repr(smallest)]
        if self.answered > 1 and self.fresh():
            again = self.run(smallest)
            return self._broke(case, first) if again is None else self._broke(smallest, again)
        return self._broke(smallest, how)

    def _broke(self, case: Arguments, how: Found) -> Trial:
        return Trial("broke", how.says, case, how.theirs, how.expected, self.tried)

    def run(self, case: Arguments) -> Found | None:
        """How an input breaks the solution, if it does. Raises Invalid, and Exhausted where no process is left."""
        expected = self.right.answer(self.asked.name, self.probe, case)
        if self.learner is not None and self.learner.stopped is not None and not self.fresh():
            raise Exhausted
        self.tried += 1
        try:
            learner = self._ready()
            self.answered += 1
            with watchdog.at_most(self.job["seconds"] + grade.PATIENCE, learner):
                return found(self.probe, learner.ask(self.asked.name, case), expected, self.yours, self.signatures)
        except Stopped as stopped:
            alone = self.answered <= 1
            if not alone and self.fresh():  # it may have been worn out by what came before
                self.tried -= 1
                return self.run(case)
            return Found(messages.of_anyone(str(stopped)), "", shown(expected)) if alone else None

    def _ready(self) -> LearnerProcess:
        """A process that has loaded the solution. Raises Stopped where it cannot be loaded."""
        if self.learner is None:
            if can_fork() and not grade.waiting:
                raise Exhausted
            learner = grade.waiting.pop() if grade.waiting else LearnerProcess(lambda: None)
            self.learner, self.answered = learner, 0
            learner.begin(self.question, self.source, self.job["seconds"])
            reply = learner.receive()
            if report := reply.get("broken"):
                learner.stopped = Stopped("error", messages.of_report(report, {}, {}))
            self.yours = reply.get("loaded") or {}
            if learner.stopped is not None:
                raise learner.stopped
        return self.learner

    def fresh(self) -> bool:
        """Whether there is another process, which has answered nothing yet; it answers from now on."""
        if can_fork() and not grade.waiting:
            return False
        self.retire()
        return True

    def retire(self) -> None:
        """Ends the process that answers now."""
        if self.learner is not None:
            self.learner.close()
        self.learner = None

    def close(self) -> None:
        for learner in [*grade.waiting, *([self.learner] if self.learner else [])]:
            learner.close()


class Exhausted(Exception):
    """No process is left that could answer."""
