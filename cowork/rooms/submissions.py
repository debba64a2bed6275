"""Work: sources handed in to a room, and the verdicts that the hub gives on them. No client is believed."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from cowork.permissions import Member, Thing, require
from cowork.refusal import Refusal
from cowork.rooms.base import Blob, Command, Event, Fact, Job, Query
from cowork.source_lines import lines_of
from exercises.load import load_course

if TYPE_CHECKING:
    from cowork.rooms.room import Room

MAX_SOURCE = 256 * 1024  # bytes
MAX_PENDING = 3  # sources of one person that wait for their verdict
UNGRADED = "ungraded"  # an outcome: the hub could not grade it, and nothing is said about it


@dataclass
class Submission:
    """A source handed in; `outcome` is None until the hub has graded it, then as a verdict's, or UNGRADED. `mistake` is
    what the known mistake says, `passed_checks` of `checks` passed. `shared`: its owner showed it to the room; `lines`:
    how many it has, which comments count."""

    id: str
    by: str
    name: str
    exercise: str
    at: float
    digest: str
    outcome: str | None = None
    says: str = ""
    mistake: str | None = None
    mistake_id: str | None = None
    missing_stage: str | None = None
    passed_checks: int = 0
    checks: int = 0
    judged_at: float | None = None
    shared: bool = False
    lines: int = 1


@dataclass
class Submissions:
    submissions: dict[str, Submission] = field(default_factory=dict)

    def waiting(self) -> list[Submission]:
        """What is not graded yet, oldest first: what the hub takes up again when it starts."""
        return [one for one in self.submissions.values() if one.outcome is None]

    def of(self, member: str, exercise: str) -> list[Submission]:
        """A member's submissions for an exercise, oldest first."""
        return [one for one in self.submissions.values() if (one.by, one.exercise) == (member, exercise)]

    def earlier(self, submission: Submission) -> list[Submission]:
        """What the same person handed in for the exercise before, oldest first."""
        return [one for one in self.of(submission.by, submission.exercise) if one.at < submission.at]

    def has_passed(self, member: str, exercise: str) -> bool:
        return any(one.outcome == "passed" for one in self.of(member, exercise))

    def thing(self, submission: Submission, room: str, reader: str) -> Thing:
        """The submission as `can` looks at it: open to a reader when both have passed. One that is shared and did not
        pass is open too: a question shows no solution."""
        both = self.has_passed(submission.by, submission.exercise) and self.has_passed(reader, submission.exercise)
        return Thing(
            room, submission.by, both or (submission.shared and submission.outcome not in (None, UNGRADED, "passed"))
        )

    def require_seen(self, submission: Submission, room: str, reader: Member) -> None:
        """Raises Refusal where `reader` may not see the source."""
        thing = self.thing(submission, room, reader.id)
        if reader.role == "member" and submission.by != reader.id and not thing.opened:
            if submission.shared and submission.outcome is None:
                raise Refusal("wait", f"The verdict on {submission.name}'s source is on its way: look again then.")
            raise Refusal(
                "not yet",
                "You see each other's solutions once both of you have passed; what did not pass, once it is shared.",
            )
        require(reader, "see source", thing)

    def find(self, id: str) -> Submission:
        if id not in self.submissions:
            raise Refusal("unknown", f"Nothing was handed in here as {id!r}.")
        return self.submissions[id]


class HandedIn(Fact, frozen=True, tag="handed in"):
    submission: str
    exercise: str
    digest: str
    lines: int = 1

    def apply(self, room: Room, event: Event[Any]) -> None:
        room.work.submissions[self.submission] = Submission(
            self.submission, event.by, event.name, self.exercise, event.at, self.digest, lines=self.lines
        )

    def job(self, room: str) -> Job:
        return Job("grade", room, self.submission)


class Graded(Fact, frozen=True, tag="judged"):
    submission: str
    outcome: str
    says: str = ""
    mistake: str | None = None
    mistake_id: str | None = None
    missing_stage: str | None = None
    passed_checks: int = 0
    checks: int = 0

    def apply(self, room: Room, event: Event[Any]) -> None:
        one = room.work.submissions[self.submission]
        one.outcome, one.says, one.judged_at = self.outcome, self.says, event.at
        one.mistake, one.mistake_id, one.missing_stage = self.mistake, self.mistake_id, self.missing_stage
        one.passed_checks, one.checks = self.passed_checks, self.checks


class HandIn(Command, frozen=True, tag="hand in"):
    """Gives the hub a source to grade. The source stays with the hub; the room sees that and how it went."""

    exercise: str
    source: bytes

    def decide(self, room: Room, by: Member, now: float) -> Sequence[Fact | Blob]:
        require(by, "hand in", Thing(room.id))
        if self.exercise not in {exercise.id for exercise in load_course().exercises}:
            raise Refusal("unknown", f"The hub's course has no exercise {self.exercise!r}.")
        if len(self.source) > MAX_SOURCE:
            raise Refusal("too large", f"A source has at most {MAX_SOURCE // 1024} KiB.")
        digest = hashlib.sha256(self.source).hexdigest()
        before = room.work.of(by.id, self.exercise)
        if before and before[-1].digest == digest and before[-1].outcome != UNGRADED:
            return []  # the same once more: its verdict stands, or is on its way
        if sum(one.by == by.id for one in room.work.waiting()) >= MAX_PENDING:
            raise Refusal(
                "wait", f"{MAX_PENDING} of your sources wait for their verdict. Hand in again when one has come."
            )
        id = secrets.token_hex(8)
        return [HandedIn(id, self.exercise, digest, len(lines_of(self.source))), Blob(id, self.source)]


class RecordVerdict(Command, frozen=True, tag="record"):
    """The hub's own: the verdict of its sandbox."""

    judged: Graded

    def decide(self, room: Room, by: Member, now: float) -> list[Fact]:
        require(by, "record", Thing(room.id))
        return [self.judged] if room.work.find(self.judged.submission).outcome is None else []


class SourceQuery(Query, frozen=True, tag="source"):
    """A source that was handed in: {"source": bytes as base64}."""

    submission: str

    def keys(self, room: Room, by: Member) -> list[str]:
        submission = room.work.find(self.submission)
        room.work.require_seen(submission, room.id, by)
        return [submission.id]

    def answer(self, room: Room, by: Member, blob: Callable[[str], bytes]) -> Any:
        return {"source": blob(self.submission)}
