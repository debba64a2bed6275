"""Submissions: sources that members hand in to a room, and the verdicts that the hub gives on them.

The hub grades every source itself; it never accepts a client's verdict.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import msgspec

from cowork.permissions import MEMBERS, ORGANISERS, RECORD, TAKE_BACK, Member, Right, require
from cowork.refusal import Refusal
from cowork.rooms.base import Blob, Command, ErasedBlob, Event, Fact, Feature, Job, Query, Room, State, Traces
from cowork.rooms.review_state import ReviewClosed, Reviews
from cowork.sanitize import lines_of
from exercises.load import load_course

HAND_IN = Right("hand in", MEMBERS)
SEE_SOURCE = Right("see source", ORGANISERS, for_owner=True, for_shared=True)
MAX_SOURCE = 256 * 1024  # bytes
MAX_SOURCES, MAX_STORED = 500, 16 * 1024 * 1024  # sources of one member in a room, and their bytes together
MAX_PENDING = 3  # ungraded submissions of one member
QUOTA = (
    f"The hub keeps at most {MAX_SOURCES} of your sources in a room, and {MAX_STORED // 2**20} MiB. Remove old ones: "
    "`fromscratch cowork remove-source ID`."
)
UNGRADED = "ungraded"  # the outcome of a submission that the hub could not grade; it counts for nothing


@dataclass
class Submission:
    """A source that a member handed in. `outcome` is None until the hub has graded it, then the verdict's outcome or
    UNGRADED. `mistake`: the message of the known mistake; `passed_checks` of `checks` checks passed. `shared`: its
    owner asked the room for a review; `private`: only its owner and the reviewer see the source and the verdict's
    words; `lines` and `size`: the number of its lines and bytes; `removed`: the hub no longer has the source; `graded`:
    the seq of the verdict's event."""

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
    size: int = 0
    removed: bool = False
    private: bool = False
    graded: int = 0

    def forget_words(self) -> None:
        """Removes the words of the verdict, which can quote the source."""
        self.says, self.mistake, self.mistake_id, self.missing_stage = "", None, None, None


@dataclass
class Submissions(State):
    all: dict[str, Submission] = field(default_factory=dict)

    def waiting(self) -> list[Submission]:
        """The submissions that are not graded yet, oldest first."""
        return [each for each in self.all.values() if each.outcome is None and not each.removed]

    def jobs(self, room: str) -> list[Job]:
        return [Job("grade", room, submission.id) for submission in self.waiting()]

    def traces(self, member: str) -> Traces:
        """The sources of a member, and the verdicts, which can quote them."""
        own = [each for each in self.all.values() if each.by == member]
        verdicts = tuple(each.graded for each in own if each.graded)
        return Traces(verdicts, tuple(blob.key for each in own for blob in erased_blobs(each)))

    def of(self, member: str, exercise: str) -> list[Submission]:
        """A member's submissions for an exercise, oldest first."""
        return [each for each in self.all.values() if (each.by, each.exercise) == (member, exercise)]

    def earlier(self, submission: Submission) -> list[Submission]:
        """The same member's earlier submissions for the same exercise, oldest first."""
        return [other for other in self.of(submission.by, submission.exercise) if other.at < submission.at]

    def has_passed(self, member: str, exercise: str) -> bool:
        return any(submission.outcome == "passed" for submission in self.of(member, exercise))

    def is_shared(self, submission: Submission, reader: str) -> bool:
        """Whether `reader` may see the source as a member: both have passed the exercise, or the submission was shared
        and did not pass, so it gives no solution away."""
        if submission.private:
            return False
        if all(self.has_passed(member, submission.exercise) for member in (submission.by, reader)):
            return True
        return submission.shared and submission.outcome not in (None, UNGRADED, "passed")

    def require_readable(self, submission: Submission, room: Room, reader: Member) -> None:
        """Raises Refusal if `reader` may not see the source."""
        if submission.private:
            require_private(room, submission, reader)
        shared = submission.private or self.is_shared(submission, reader.id)
        if reader.role == "member" and submission.by != reader.id and not shared:
            if submission.shared and submission.outcome is None:
                raise Refusal("wait", f"{submission.name}'s source is being graded. Try again when it has a verdict.")
            raise Refusal(
                "not yet",
                "You can see each other's solutions once both of you have passed, and a source that did not pass once "
                "its owner shares it.",
            )
        require(reader, SEE_SOURCE, room.id, submission.by, shared)

    def find(self, id: str) -> Submission:
        """Raises Refusal("unknown")."""
        if id not in self.all:
            raise Refusal("unknown", f"Nothing was handed in here as {id!r}.")
        return self.all[id]


def require_private(room: Room, submission: Submission, reader: Member) -> None:
    """Raises Refusal("private") unless `reader` handed in the submission or reviews it."""
    if reader.id not in (submission.by, room[Reviews].reviewer(submission.id)):
        raise Refusal("private", f"Only {submission.name} and the reviewer who claimed it see this submission.")


class HandedIn(Fact, frozen=True, tag="handed in"):
    """`follows`: the submission whose reviewer asked for changes."""

    submission: str
    exercise: str
    digest: str
    lines: int = 1
    size: int = 0
    private: bool = False
    follows: str = ""

    def apply(self, room: Room, event: Event[Any]) -> None:
        room[Submissions].all[self.submission] = Submission(
            self.submission, event.by, event.name, self.exercise, event.at, self.digest,
            lines=self.lines, size=self.size, private=self.private, shared=bool(self.follows),
        )  # fmt: skip
        if self.follows:
            room[Reviews].follow(self.follows, self.submission, event)

    def erased(self) -> Fact:
        return msgspec.structs.replace(self, digest="")

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
        submission = room[Submissions].all[self.submission]
        submission.outcome, submission.says, submission.judged_at = self.outcome, self.says, event.at
        submission.mistake, submission.mistake_id = self.mistake, self.mistake_id
        submission.missing_stage = self.missing_stage
        submission.passed_checks, submission.checks = self.passed_checks, self.checks
        submission.graded = event.seq

    def job(self, room: str) -> Job | None:
        # The room's league knows whether there is a race to run.
        return Job("race", room, self.submission) if self.outcome == "passed" else None

    def erased(self) -> Fact:
        return Graded(self.submission, self.outcome, passed_checks=self.passed_checks, checks=self.checks)


class SourceRemoved(Fact, frozen=True, tag="source removed"):
    """`verdict`: the seq of the verdict, whose words can quote the source."""

    submission: str
    verdict: int = 0

    def erases(self) -> Sequence[int]:
        return (self.verdict,) if self.verdict else ()

    def apply(self, room: Room, event: Event[Any]) -> None:
        submission = room[Submissions].all[self.submission]
        submission.removed = True
        submission.forget_words()


class RemoveSource(Command, frozen=True, tag="remove source"):
    """Removes a source and the words of its verdict from the hub for good, which closes its review; the outcome stays.
    Members remove their own, organisers any."""

    submission: str

    def decide(self, room: Room, by: Member, now: float) -> Sequence[Fact | ErasedBlob]:
        submission = room[Submissions].find(self.submission)
        require(by, TAKE_BACK, room.id, submission.by)
        if submission.removed:
            return []
        closed = [ReviewClosed(review.id) for review in room[Reviews].open([submission.id])]
        return [SourceRemoved(submission.id, submission.graded), *closed, *erased_blobs(submission)]


def erased_blobs(submission: Submission) -> list[ErasedBlob]:
    """The source, and the words of a private verdict."""
    return [ErasedBlob(submission.id), ErasedBlob(verdict_key(submission.id))]


class HandIn(Command, frozen=True, tag="hand in"):
    """Hands in a source. The source stays on the hub; the room sees that it was handed in, and its verdict; of a
    `private` one, only the outcome. What follows a private review is private too."""

    exercise: str
    source: bytes
    private: bool = False

    def decide(self, room: Room, by: Member, now: float) -> Sequence[Fact | Blob]:
        require(by, HAND_IN, room.id)
        if self.exercise not in {exercise.id for exercise in load_course().exercises}:
            raise Refusal("unknown", f"The hub's course has no exercise {self.exercise!r}.")
        if len(self.source) > MAX_SOURCE:
            raise Refusal("too large", f"A source has at most {MAX_SOURCE // 1024} KiB.")
        digest = hashlib.sha256(self.source).hexdigest()
        before = room[Submissions].of(by.id, self.exercise)
        if before and before[-1].digest == digest and before[-1].outcome != UNGRADED:
            return []  # the same source has a verdict, or is being graded
        if sum(submission.by == by.id for submission in room[Submissions].waiting()) >= MAX_PENDING:
            raise Refusal("wait", f"{MAX_PENDING} of your sources are being graded. Hand in again when one is done.")
        kept = [each for each in room[Submissions].all.values() if each.by == by.id and not each.removed]
        if len(kept) >= MAX_SOURCES or sum(each.size for each in kept) + len(self.source) > MAX_STORED:
            raise Refusal("quota", QUOTA)
        id = secrets.token_hex(8)
        reviews = room[Reviews].open(each.id for each in before)
        follows = next((review.id for review in reversed(reviews) if review.verdict == "again"), "")
        private = self.private or any(review.private for review in reviews)
        counts = len(lines_of(self.source)), len(self.source)
        return [HandedIn(id, self.exercise, digest, *counts, private, follows), Blob(id, self.source)]


class RecordVerdict(Command, frozen=True, tag="record"):
    """Records the verdict of the hub's grader. Only the hub sends it."""

    judged: Graded

    def decide(self, room: Room, by: Member, now: float) -> Sequence[Fact | Blob]:
        require(by, RECORD, room.id)
        submission = room[Submissions].find(self.judged.submission)
        if submission.outcome is not None:
            return []
        return [self.judged.erased(), verdict_blob(self.judged)] if submission.private else [self.judged]


def verdict_key(submission: str) -> str:
    return f"verdict {submission}"


def verdict_blob(verdict: Graded | Submission) -> Blob:
    """The words of a private verdict, as VerdictQuery returns them."""
    id = verdict.submission if isinstance(verdict, Graded) else verdict.id
    return Blob(verdict_key(id), msgspec.json.encode({"says": verdict.says, "mistake": verdict.mistake}))


class SourceQuery(Query, frozen=True, tag="source"):
    """Returns the source of a submission: {"source": bytes as base64}."""

    submission: str

    def keys(self, room: Room, by: Member) -> list[str]:
        submission = room[Submissions].find(self.submission)
        room[Submissions].require_readable(submission, room, by)
        if submission.removed:
            raise Refusal("removed", f"{submission.name}'s source was removed.")
        return [submission.id]

    def answer(self, room: Room, by: Member, blob: Callable[[str], bytes]) -> Any:
        return {"source": blob(self.submission)}


FEATURE = Feature(
    state=Submissions, commands=(HandIn, RecordVerdict, RemoveSource), facts=(HandedIn, Graded, SourceRemoved),
    queries=(SourceQuery,), rights=(HAND_IN, SEE_SOURCE), cli="tui.cli.cowork.work",
    verbs=("hand-in", "remove-source"),
)  # fmt: skip
