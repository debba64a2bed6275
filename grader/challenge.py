"""A solution against the reference on inputs that a person thought of, or that chance did.

As in a check, the learner's code runs in processes of its own that were forked before the reference was loaded; here
are only its answers. Where one of the processes ends, the next that waits goes on.
"""

from __future__ import annotations

import base64
import copy
import random
import time
import types
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import msgspec
import torch

from engine import reap
from engine.forks import can_fork
from engine.namespaces import Unavailable
from exercises import inputs
from exercises.inputs import Arguments
from grader import compare, judge, oracle, patience, sentences, solution, vocabulary
from grader.examiner import answers
from grader.learner_process import LearnerProcess, Stopped
from grader.question import question_of
from grader.running import Probe, attempt
from grader.shrinking import shrunk
from grader.verdict import Trial

prepare = judge.prepare

RTOL, ATOL = 1e-3, 1e-4  # a break is a clear one: rounding, in any order of sums, is none
SHOWN, ELEMENTS = 200, 24  # characters of a value, numbers of a tensor
UNTRIED = "Not all inputs were tried: too many processes of its code ended before."
SHRINKS, SHRINKING = 200, 6.0  # inputs at most, and seconds, to find a smaller one


@dataclass(frozen=True)
class Found:
    """How an input broke the solution."""

    says: str
    theirs: str
    expected: str


class Invalid(ValueError):
    """The reference itself takes no such input."""


def challenge(job: dict[str, Any], emit: Callable[[dict[str, Any]], None]) -> None:
    """Emits one {"trial"}."""
    patience.limit_memory()
    contest = Contest(job)
    try:
        emit({"trial": msgspec.to_builtins(contest.trial())})
    except Unavailable as error:
        emit({"refused": str(error)})
    finally:
        contest.close()
        reap.kill_strays(set())


def challenge_each(job: dict[str, Any], emit: Callable[[dict[str, Any]], None]) -> None:
    """Emits a {"trial"} for each of the `probes` on each of the `sources`, which ends no process that is well: for
    proofs, where so many jobs would take a minute."""
    patience.limit_memory()
    contest: Contest | None = None
    try:
        for source in job["sources"]:
            contest = Contest(job | {"source": source, "probe": job["probes"][0]}, contest)
            for probe in job["probes"]:
                contest.turn_to(probe)
                trial = contest.trial()
                if contest.exhausted and trial.outcome == "survived":
                    trial = Trial("invalid", UNTRIED)
                emit({"trial": msgspec.to_builtins(trial)})
            contest.retire()
    except Unavailable as error:
        emit({"refused": str(error)})
    finally:
        if contest is not None:
            contest.close()
        reap.kill_strays(set())


class Contest:
    """One solution, one probe at a time. What `before`, of the same exercise, knows of the reference holds here."""

    def __init__(self, job: dict[str, Any], before: Contest | None = None) -> None:
        self.job = job
        self.exercise = judge.exercise_of(job["subject"])
        self.question = question_of(self.exercise, job["subject"]["parts"])
        self.source = base64.b64decode(job["source"])
        self.loaded: tuple[types.ModuleType, types.ModuleType] = (
            before.loaded if before else answers(self.exercise, oracle.text(self.exercise))
        )
        self.reference, self.probes = self.loaded
        self.signatures = solution.signatures(self.reference, list(self.exercise.symbols))
        self.learner: LearnerProcess | None = None
        self.answered = 0  # inputs by the process that answers now
        self.yours: dict[str, str] = {}
        self.known: dict[str, tuple[Any, ...]] = before.known if before else {}  # what the reference answered
        self.turn_to(job["probe"])

    def turn_to(self, probe: str) -> None:
        """From now on this probe is asked."""
        self.asked = inputs.probe(self.exercise, probe)
        self.probe: Probe = getattr(self.probes, probe)
        self.tried = 0
        self.exhausted = False  # whether inputs were left that no process could be asked with

    def trial(self) -> Trial:
        """The answer for the input of the job, or for inputs by chance."""
        if self.job["arguments"] is not None:
            return self._one(self.job["arguments"])
        chance = random.Random(self.job["seed"])
        refused: Invalid | None = None
        for _ in range(self.job["tries"]):
            case = self.asked.by_chance(chance)
            try:
                found = self.run(case)
            except Invalid as error:
                refused = error
                continue
            except Exhausted:
                self.exhausted = True
                break
            if found is None:
                continue
            if self.answered > 1 and self.fresh():
                again = self.run(case)
                if again is None:
                    says = f"{found.says} (Only after other inputs: something is kept from one call to the next.)"
                    return self._broke(case, Found(says, found.theirs, found.expected))
                found = again
            return self._smallest(case, found)
        if not self.tried and refused is not None:
            return Trial("invalid", str(refused))
        return Trial("survived", f"It agrees with the reference on {self.tried} inputs.", tried=self.tried)

    def _one(self, case: Arguments) -> Trial:
        try:
            found = self.run(case)
        except Invalid as error:
            return Trial("invalid", str(error))
        if found is None:
            return Trial("survived", "It agrees with the reference.", tried=1)
        return self._smallest(case, found)

    def _smallest(self, case: Arguments, found: Found) -> Trial:
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

        smallest = shrunk(self.asked, case, breaks)
        if smallest == case:
            return self._broke(case, found)
        how = known[repr(smallest)]
        if self.answered > 1 and self.fresh():
            again = self.run(smallest)
            return self._broke(case, found) if again is None else self._broke(smallest, again)
        return self._broke(smallest, how)

    def _broke(self, case: Arguments, found: Found) -> Trial:
        return Trial("broke", found.says, case, found.theirs, found.expected, self.tried)

    def run(self, case: Arguments) -> Found | None:
        """How an input breaks the solution, if it does. Raises Invalid, and Exhausted where no process is left."""
        key = f"{self.asked.name} {case!r}"
        if key not in self.known:
            self.known[key] = attempt(self.probe, self.reference, copy.deepcopy(case))
        outcome = self.known[key]
        if outcome[0] == "raised":
            missing = outcome[2] == vocabulary.MISSING
            says = outcome[2] if missing else f"The reference refuses this input: {outcome[1]}: {outcome[2]}"
            raise Invalid(says)
        if self.learner is not None and self.learner.stopped is not None and not self.fresh():
            raise Exhausted
        self.tried += 1
        expected = outcome[1]
        try:
            learner = self._ready()
            self.answered += 1
            with patience.at_most(self.job["seconds"] + judge.PATIENCE, learner):
                return self._compared(learner.ask(self.asked.name, case), expected)
        except Stopped as stopped:
            alone = self.answered <= 1
            if not alone and self.fresh():  # it may have been worn out by what came before
                self.tried -= 1
                return self.run(case)
            return Found(sentences.of_anyone(str(stopped)), "", shown(expected)) if alone else None

    def _compared(self, reply: dict[str, Any], expected: Any) -> Found | None:
        right = shown(expected)
        if report := reply.get("raised"):
            return Found(sentences.of_anyone(sentences.of_report(report, self.yours, self.signatures)), "", right)
        if "unsendable" in reply:
            return Found(f"It returned {reply['unsendable']}, which is no plain data.", "", right)
        theirs = reply.get("result")
        try:
            says = compare.difference(theirs, expected, RTOL, ATOL)
        except Stopped:
            raise
        except Exception as error:  # odd data that cannot be compared are not the reference's
            says = f"Your result cannot be compared with what it should be ({type(error).__name__})."
        return None if says is None else Found(sentences.of_anyone(says), shown(theirs), right)

    def _ready(self) -> LearnerProcess:
        """A process that has loaded the solution. Raises Stopped where it cannot be loaded."""
        if self.learner is None:
            if can_fork() and not judge.waiting:
                raise Exhausted
            learner = judge.waiting.pop() if judge.waiting else LearnerProcess(lambda: None)
            self.learner, self.answered = learner, 0
            learner.begin(self.question, self.source, self.job["seconds"])
            reply = learner.receive()
            if report := reply.get("broken"):
                learner.stopped = Stopped("error", sentences.of_report(report, {}, {}))
            self.yours = reply.get("loaded") or {}
            if learner.stopped is not None:
                raise learner.stopped
        return self.learner

    def fresh(self) -> bool:
        """Whether there is another process, which has answered nothing yet; it answers from now on."""
        if can_fork() and not judge.waiting:
            return False
        self.retire()
        return True

    def retire(self) -> None:
        """Ends the process that answers now."""
        if self.learner is not None:
            self.learner.close()
        self.learner = None

    def close(self) -> None:
        for learner in [*judge.waiting, *([self.learner] if self.learner else [])]:
            learner.close()


def shown(value: Any) -> str:
    """A value as text, numbers to five digits; a large tensor by its shape."""
    if isinstance(value, torch.Tensor):
        if value.numel() > ELEMENTS or value.device.type == "meta":
            return f"a tensor of shape {tuple(value.shape)}"
        value = value.tolist()
    return compare.show(_rounded(value), SHOWN)


def _rounded(value: Any) -> Any:
    if isinstance(value, float):
        return float(f"{value:.5g}")
    if isinstance(value, torch.Tensor):
        return _rounded(value.tolist()) if value.numel() <= ELEMENTS and value.device.type != "meta" else value
    if isinstance(value, list | tuple):
        return type(value)(_rounded(one) for one in value)
    return {key: _rounded(one) for key, one in value.items()} if isinstance(value, dict) else value


class Exhausted(Exception):
    """No process is left that could answer."""
