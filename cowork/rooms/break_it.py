"""Break it: members choose inputs for a peer's submission. The hub runs it and the reference, and compares."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import msgspec

from cowork import sanitize
from cowork.permissions import MEMBERS, RECORD, Member, Right, require
from cowork.refusal import Refusal
from cowork.rooms.base import Command, Event, Fact, Feature, Job, Page, Room, State, Traces
from cowork.rooms.submissions import UNGRADED, Submission, Submissions
from exercises import inputs
from exercises.exercise import Exercise
from exercises.inputs import Arguments
from exercises.load import load_course

BREAK = Right("break", MEMBERS)
MAX_PENDING = 3  # attempts of one member without a result
MAX_RANDOM_INPUTS = 50  # in one attempt
MAX_VALUE, MAX_MESSAGE = 200, 400  # characters
Outcome = Literal["survived", "broke", "invalid"]
COUNTED = ("survived", "broke")


@dataclass
class Attempt:
    """An attempt to break a submission with `arguments`, or with `tries` random inputs if they are None. `outcome` is
    None until the hub has run it. `smallest`: the smallest input that breaks the submission; `theirs` and `expected`:
    what the submission and the reference return for it, as text; `tried`: how many inputs were run. `own`: by the
    submission's `owner`, which does not score; `finished`: the seq of the result."""

    id: str
    by: str
    name: str
    submission: str
    probe: str
    arguments: Arguments | None
    tries: int
    at: float
    own: bool
    outcome: Outcome | None = None
    says: str = ""
    smallest: Arguments | None = None
    theirs: str = ""
    expected: str = ""
    tried: int = 0
    finished: int = 0
    owner: str = ""

    @property
    def counts(self) -> bool:
        """Whether it scores."""
        return not self.own and self.outcome in COUNTED


@dataclass
class Score:
    """A member's score. `broke`: submissions of others that they broke, each counted once; `survived`: attempts of
    theirs that failed; `stood`: attempts by others that their own submissions survived; `fell`: own submissions that
    others broke."""

    member: str
    name: str
    broke: int = 0
    survived: int = 0
    stood: int = 0
    fell: int = 0


@dataclass
class Attempts(State):
    all: dict[str, Attempt] = field(default_factory=dict)

    def waiting(self) -> list[Attempt]:
        """The attempts without a result, oldest first."""
        return [attempt for attempt in self.all.values() if attempt.outcome is None]

    def jobs(self, room: str) -> list[Job]:
        return [Job("break", room, attempt.id) for attempt in self.waiting()]

    def traces(self, member: str) -> Traces:
        """The results of a member's inputs, and what their sources returned."""
        attempts = self.all.values()
        return Traces(tuple(each.finished for each in attempts if each.finished and member in (each.by, each.owner)))

    def on(self, submission: str) -> list[Attempt]:
        """All attempts to break a submission, oldest first."""
        return [attempt for attempt in self.all.values() if attempt.submission == submission]

    def find_same(self, submission: str, probe: str, arguments: Arguments) -> Attempt | None:
        """An earlier attempt with the same input, whose result is reused."""
        same = (attempt for attempt in self.on(submission) if (attempt.probe, attempt.arguments) == (probe, arguments))
        return next(same, None)

    def survival(self, submission: str) -> tuple[int, int]:
        """How many attempts by others the submission survived, and how many there were."""
        counted = [attempt for attempt in self.on(submission) if attempt.counts]
        return sum(attempt.outcome == "survived" for attempt in counted), len(counted)

    def scores(self, submissions: dict[str, Submission]) -> list[Score]:
        """All scores, most broken submissions first. Breaking your own code does not score."""
        scores: dict[str, Score] = {}
        broken: set[tuple[str, str]] = set()
        fallen: set[str] = set()
        for attempt in self.all.values():
            if not attempt.counts:
                continue
            submission = submissions[attempt.submission]
            breaker = scores.setdefault(attempt.by, Score(attempt.by, attempt.name))
            owner = scores.setdefault(submission.by, Score(submission.by, submission.name))
            if attempt.outcome == "survived":
                breaker.survived += 1
                owner.stood += 1
                continue
            breaker.broke += (attempt.by, submission.id) not in broken
            owner.fell += submission.id not in fallen
            broken.add((attempt.by, submission.id))
            fallen.add(submission.id)
        return sorted(
            scores.values(), key=lambda score: (-score.broke, score.fell, -score.stood, score.name.casefold())
        )


def format_call(probe: str, arguments: Arguments) -> str:
    """A call as Python source, with every control character escaped."""
    return f"{probe}({', '.join(f'{name}={value!r}' for name, value in arguments.items())})"


class AttemptStarted(Fact, frozen=True, tag="challenged"):
    attempt: str
    submission: str
    probe: str
    arguments: Arguments | None = None
    tries: int = 1

    def apply(self, room: Room, event: Event[Any]) -> None:
        owner = room[Submissions].all[self.submission].by
        room[Attempts].all[self.attempt] = Attempt(
            self.attempt, event.by, event.name, self.submission, self.probe, self.arguments, self.tries, event.at,
            owner == event.by, owner=owner,
        )  # fmt: skip

    def erased(self) -> Fact:
        return msgspec.structs.replace(self, arguments=None)

    def job(self, room: str) -> Job:
        return Job("break", room, self.attempt)


class AttemptFinished(Fact, frozen=True, tag="break answered"):
    attempt: str
    outcome: Outcome
    says: str = ""
    smallest: Arguments | None = None
    theirs: str = ""
    expected: str = ""
    tried: int = 1

    def apply(self, room: Room, event: Event[Any]) -> None:
        attempt = room[Attempts].all[self.attempt]
        attempt.outcome, attempt.says, attempt.tried = self.outcome, self.says, self.tried
        attempt.smallest, attempt.theirs, attempt.expected = self.smallest, self.theirs, self.expected
        attempt.finished = event.seq

    def erased(self) -> Fact:
        return AttemptFinished(self.attempt, self.outcome, tried=self.tried)


class TryInput(Command, frozen=True, tag="break"):
    """Runs a submission on an input: data for one of the exercise's probes, never code. An input that was run on it
    before is not run again; `Attempts.find_same` returns that attempt."""

    submission: str
    probe: str
    arguments: Arguments = {}

    def decide(self, room: Room, by: Member, now: float) -> Sequence[Fact]:
        submission, exercise = _target(room, by, self.submission)
        arguments = _complete(exercise, self.probe, self.arguments)
        if room[Attempts].find_same(submission.id, self.probe, arguments):
            return []
        _limit_pending(room, by)
        return [AttemptStarted(secrets.token_hex(8), submission.id, self.probe, arguments)]


class TryRandomInputs(Command, frozen=True, tag="break by chance"):
    """Runs a submission on up to `tries` random inputs within the probe's bounds, until one breaks it."""

    submission: str
    probe: str
    tries: int = MAX_RANDOM_INPUTS

    def decide(self, room: Room, by: Member, now: float) -> Sequence[Fact]:
        submission, exercise = _target(room, by, self.submission)
        if not 1 <= self.tries <= MAX_RANDOM_INPUTS:
            raise Refusal("input", f"An attempt has 1 to {MAX_RANDOM_INPUTS} random inputs.")
        _complete(exercise, self.probe, {})
        _limit_pending(room, by)
        return [AttemptStarted(secrets.token_hex(8), submission.id, self.probe, None, self.tries)]


class RecordAttempt(Command, frozen=True, tag="record break"):
    """Records the result of the hub's sandbox. Its texts come from a learner's code, so they are cleaned."""

    answered: AttemptFinished

    def decide(self, room: Room, by: Member, now: float) -> list[Fact]:
        require(by, RECORD, room.id)
        result = self.answered
        attempt = room[Attempts].all.get(result.attempt)
        if attempt is None:
            raise Refusal("unknown", f"There is no attempt {result.attempt!r}.")
        if attempt.outcome is not None:
            return []
        texts = {name: sanitize.truncate(getattr(result, name), limit) for name, limit in _LIMITS.items()}
        return [AttemptFinished(result.attempt, result.outcome, smallest=result.smallest, tried=result.tried, **texts)]


_LIMITS = {"says": MAX_MESSAGE, "theirs": MAX_VALUE, "expected": MAX_VALUE}


def _target(room: Room, by: Member, id: str) -> tuple[Submission, Exercise]:
    require(by, BREAK, room.id)
    submission = room[Submissions].find(id)
    if submission.private:
        raise Refusal("private", "This submission is private: what it computes would be shown to the room.")
    if submission.outcome in (None, UNGRADED):
        raise Refusal("wait", "This submission has no verdict yet. Try to break it once it has one.")
    exercise = next((exercise for exercise in load_course().exercises if exercise.id == submission.exercise), None)
    if exercise is None:
        raise Refusal("unknown", f"The hub's course no longer has the exercise {submission.exercise!r}.")
    return submission, exercise


def _complete(exercise: Exercise, probe: str, arguments: Arguments) -> Arguments:
    """Adds the defaults of the probe's other arguments. Raises Refusal("input")."""
    try:
        return inputs.probe(exercise, probe).complete(arguments)
    except inputs.InvalidInput as error:
        raise Refusal("input", sanitize.line(str(error), MAX_MESSAGE)) from None


def _limit_pending(room: Room, by: Member) -> None:
    if sum(attempt.by == by.id for attempt in room[Attempts].waiting()) >= MAX_PENDING:
        raise Refusal("wait", f"{MAX_PENDING} of your attempts are still running. Try again when one has finished.")


FEATURE = Feature(
    state=Attempts, commands=(TryInput, TryRandomInputs, RecordAttempt), facts=(AttemptStarted, AttemptFinished),
    rights=(BREAK,), cli="tui.cli.cowork.break_it", verbs=("break",),
    page=Page("breaks", "k", "Break it", "Find an input that breaks a peer's code", "break_it:BreakItPage"),
)  # fmt: skip
