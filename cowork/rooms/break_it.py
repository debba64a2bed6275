"""Break it: inputs for a peer's submission. The hub runs it and the reference on them, and says who was right."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from cowork import sanitize
from cowork.permissions import Member, Thing, require
from cowork.refusal import Refusal
from cowork.rooms.base import Command, Event, Fact, Job
from cowork.rooms.submissions import UNGRADED, Submission
from exercises import inputs
from exercises.course import Exercise
from exercises.inputs import Arguments
from exercises.load import load_course

if TYPE_CHECKING:
    from cowork.rooms.room import Room

Outcome = Literal["survived", "broke", "invalid"]
MAX_PENDING = 3  # attempts of one person that wait for their answer
MAX_RANDOM_INPUTS = 50  # inputs by chance at most in one attempt
MAX_VALUE, MAX_SENTENCE = 200, 400  # characters of a value, of a sentence


@dataclass
class Attempt:
    """An input put to a submission: `arguments`, or None for `tries` inputs by chance. `outcome` is None until the
    hub has run it. `smallest` is the smallest input found to break it, `theirs` and `expected` what the submission
    and the reference gave for it, as text; `tried` is how many inputs were run. `own`: its owner's, for practice."""

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


@dataclass
class Score:
    """What somebody broke, and did not: submissions of others, each counted once, and attempts that did nothing.
    `stood`: attempts of others that their own submissions survived, `fell`: their own submissions that broke."""

    member: str
    name: str
    broke: int = 0
    survived: int = 0
    stood: int = 0
    fell: int = 0


@dataclass
class Attempts:
    attempts: dict[str, Attempt] = field(default_factory=dict)

    def waiting(self) -> list[Attempt]:
        """What has no answer yet, oldest first."""
        return [one for one in self.attempts.values() if one.outcome is None]

    def on(self, submission: str) -> list[Attempt]:
        """All attempts on a submission, oldest first."""
        return [one for one in self.attempts.values() if one.submission == submission]

    def same(self, submission: str, probe: str, arguments: Arguments) -> Attempt | None:
        """The attempt with this very input, where there was one: its answer holds for all who ask."""
        wanted = (submission, probe, arguments)
        return next(
            (one for one in self.attempts.values() if (one.submission, one.probe, one.arguments) == wanted), None
        )

    def stood(self, submission: str) -> tuple[int, int]:
        """(attempts of others that it survived, all of others that counted)."""
        counted = [one for one in self.on(submission) if not one.own and one.outcome in ("survived", "broke")]
        return sum(one.outcome == "survived" for one in counted), len(counted)

    def table(self, submissions: dict[str, Submission]) -> list[Score]:
        """Who broke what: most broken first. What is tried on one's own counts for nothing."""
        rows: dict[str, Score] = {}
        broken: set[tuple[str, str]] = set()
        fallen: set[str] = set()
        for one in self.attempts.values():
            owner = submissions[one.submission]
            if one.own or one.outcome not in ("survived", "broke"):
                continue
            breaker = rows.setdefault(one.by, Score(one.by, one.name))
            theirs = rows.setdefault(owner.by, Score(owner.by, owner.name))
            if one.outcome == "survived":
                breaker.survived += 1
                theirs.stood += 1
                continue
            breaker.broke += (one.by, owner.id) not in broken
            theirs.fell += owner.id not in fallen
            broken.add((one.by, owner.id))
            fallen.add(owner.id)
        return sorted(rows.values(), key=lambda row: (-row.broke, row.fell, -row.stood, row.name.casefold()))


def shown(probe: str, arguments: Arguments) -> str:
    """A call as it is written in Python; no character of it is one that a terminal would obey."""
    return f"{probe}({', '.join(f'{name}={value!r}' for name, value in arguments.items())})"


class AttemptStarted(Fact, frozen=True, tag="challenged"):
    attempt: str
    submission: str
    probe: str
    arguments: Arguments | None = None
    tries: int = 1

    def apply(self, room: Room, event: Event[Any]) -> None:
        own = room.work.submissions[self.submission].by == event.by
        room.breaks.attempts[self.attempt] = Attempt(
            self.attempt, event.by, event.name, self.submission, self.probe, self.arguments, self.tries, event.at, own
        )

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
        one = room.breaks.attempts[self.attempt]
        one.outcome, one.says, one.tried = self.outcome, self.says, self.tried
        one.smallest, one.theirs, one.expected = self.smallest, self.theirs, self.expected


class TryInput(Command, frozen=True, tag="break"):
    """Puts an input to a submission: data for one of the exercise's probes, never code. An input that was tried on
    it before is not run again: `Breaks.same` has its answer."""

    submission: str
    probe: str
    arguments: Arguments = {}

    def decide(self, room: Room, by: Member, now: float) -> Sequence[Fact]:
        submission, exercise = _target(room, by, self.submission)
        try:
            arguments = inputs.probe(exercise, self.probe).complete(self.arguments)
        except inputs.InvalidInput as error:
            raise Refusal("input", sanitize.line(str(error), MAX_SENTENCE)) from None
        if room.breaks.same(submission.id, self.probe, arguments):
            return []
        _not_too_many(room, by)
        return [AttemptStarted(secrets.token_hex(8), submission.id, self.probe, arguments)]


class TryRandomInputs(Command, frozen=True, tag="break by chance"):
    """Has the hub pick `tries` inputs within the probe's bounds, until one breaks it."""

    submission: str
    probe: str
    tries: int = MAX_RANDOM_INPUTS

    def decide(self, room: Room, by: Member, now: float) -> Sequence[Fact]:
        submission, exercise = _target(room, by, self.submission)
        if not 1 <= self.tries <= MAX_RANDOM_INPUTS:
            raise Refusal("input", f"1 to {MAX_RANDOM_INPUTS} inputs are tried at once.")
        try:
            inputs.probe(exercise, self.probe)
        except inputs.InvalidInput as error:
            raise Refusal("input", sanitize.line(str(error), MAX_SENTENCE)) from None
        _not_too_many(room, by)
        return [AttemptStarted(secrets.token_hex(8), submission.id, self.probe, None, self.tries)]


class RecordAttempt(Command, frozen=True, tag="record break"):
    """The hub's own: what its sandbox found. Texts in it are a learner's code's, so they are cleaned."""

    answered: AttemptFinished

    def decide(self, room: Room, by: Member, now: float) -> list[Fact]:
        require(by, "record", Thing(room.id))
        found = self.answered
        attempt = room.breaks.attempts.get(found.attempt)
        if attempt is None:
            raise Refusal("unknown", f"There is no attempt {found.attempt!r}.")
        if attempt.outcome is not None:
            return []
        cut = {name: sanitize.short(getattr(found, name), limit) for name, limit in _LIMITS.items()}
        return [AttemptFinished(found.attempt, found.outcome, smallest=found.smallest, tried=found.tried, **cut)]


_LIMITS = {"says": MAX_SENTENCE, "theirs": MAX_VALUE, "expected": MAX_VALUE}


def _target(room: Room, by: Member, id: str) -> tuple[Submission, Exercise]:
    require(by, "break", Thing(room.id))
    submission = room.work.find(id)
    if submission.outcome in (None, UNGRADED):
        raise Refusal("wait", "This submission has no verdict yet. Break it once it has one.")
    exercise = next((one for one in load_course().exercises if one.id == submission.exercise), None)
    if exercise is None:
        raise Refusal("unknown", f"The hub's course has no exercise {submission.exercise!r} any more.")
    return submission, exercise


def _not_too_many(room: Room, by: Member) -> None:
    if sum(one.by == by.id for one in room.breaks.waiting()) >= MAX_PENDING:
        raise Refusal("wait", f"{MAX_PENDING} of your inputs wait for their answer. Try again when one has come.")
