"""Review: somebody asks for it with a submission, others comment on its lines, in threads that get resolved."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from cowork import sanitize
from cowork.permissions import Member, Thing, require
from cowork.refusal import Refusal
from cowork.rooms.base import Command, Event, Fact
from cowork.rooms.submissions import Submission

if TYPE_CHECKING:
    from cowork.rooms.room import Room

MAX_COMMENTS = 500  # of one review


@dataclass
class Comment:
    """`seq`: its event's."""

    seq: int
    at: float
    by: str
    name: str
    text: str


@dataclass
class Thread:
    """What is said about one line, counted from 1; known by its first comment's seq."""

    id: int
    line: int
    comments: list[Comment]
    resolved_by: str | None = None  # a name


@dataclass
class Review:
    """Known by its submission's id: a snapshot is reviewed once, and may be opened again."""

    id: str
    by: str
    name: str
    at: float
    asks: str
    closed: bool = False
    threads: dict[int, Thread] = field(default_factory=dict)

    def open_threads(self) -> list[Thread]:
        return [thread for thread in self.threads.values() if thread.resolved_by is None]

    def on(self, line: int) -> list[Thread]:
        """The threads on a line, oldest first."""
        return [thread for thread in self.threads.values() if thread.line == line]


@dataclass
class Reviews:
    asked: dict[str, Review] = field(default_factory=dict)

    def open(self) -> list[Review]:
        return [review for review in self.asked.values() if not review.closed]

    def find(self, id: str) -> Review:
        if id not in self.asked:
            raise Refusal("unknown", f"No review was asked for here of {id!r}.")
        return self.asked[id]


class ReviewRequested(Fact, frozen=True, tag="review asked"):
    submission: str
    asks: str = ""

    def apply(self, room: Room, event: Event[Any]) -> None:
        room.work.submissions[self.submission].shared = True
        review = room.reviews.asked.setdefault(
            self.submission, Review(self.submission, event.by, event.name, event.at, self.asks)
        )
        review.asks, review.closed = self.asks, False


class CommentAdded(Fact, frozen=True, tag="commented"):
    """`thread`: the one it goes on with; None where it begins one."""

    submission: str
    line: int
    text: str
    thread: int | None = None

    def apply(self, room: Room, event: Event[Any]) -> None:
        comment = Comment(event.seq, event.at, event.by, event.name, self.text)
        threads = room.reviews.asked[self.submission].threads
        if self.thread is None:
            threads[event.seq] = Thread(event.seq, self.line, [comment])
        else:
            threads[self.thread].comments.append(comment)
            threads[self.thread].resolved_by = None  # who answers has something left to say


class ThreadResolved(Fact, frozen=True, tag="thread resolved"):
    submission: str
    thread: int
    resolved: bool = True

    def apply(self, room: Room, event: Event[Any]) -> None:
        thread = room.reviews.asked[self.submission].threads[self.thread]
        thread.resolved_by = event.name if self.resolved else None


class ReviewClosed(Fact, frozen=True, tag="review closed"):
    submission: str

    def apply(self, room: Room, event: Event[Any]) -> None:
        room.reviews.asked[self.submission].closed = True


class RequestReview(Command, frozen=True, tag="ask review"):
    """Shows one's submission to the room and asks what others think of it. A solution that passed is still seen only
    by who has passed too (`Work.thing`)."""

    submission: str
    asks: str = ""

    def decide(self, room: Room, by: Member, now: float) -> list[Fact]:
        require(by, "review", Thing(room.id))
        if room.work.find(self.submission).by != by.id:
            raise Refusal("not allowed", "One asks for a review of one's own source.")
        asks = sanitize.message(self.asks) if self.asks.strip() else ""
        review = room.reviews.asked.get(self.submission)
        if review is not None and not review.closed and review.asks == asks:
            return []
        return [ReviewRequested(self.submission, asks)]


def _seen(room: Room, by: Member, id: str) -> tuple[Review, Submission]:
    """An open review, and what it is of, which `by` may see."""
    require(by, "comment", Thing(room.id))
    review, submission = room.reviews.find(id), room.work.find(id)
    room.work.require_seen(submission, room.id, by)
    if review.closed:
        raise Refusal("closed", f"This review is closed; {review.name} may ask for it again.")
    return review, submission


class AddComment(Command, frozen=True, tag="comment"):
    """Says something about a line of the snapshot (from 1), or goes on with a thread (then `line` is not needed)."""

    submission: str
    text: str
    line: int = 0
    thread: int | None = None

    def decide(self, room: Room, by: Member, now: float) -> list[Fact]:
        review, submission = _seen(room, by, self.submission)
        line = self.line
        if self.thread is not None:
            line = _thread(review, self.thread).line
        elif not 1 <= line <= submission.lines:
            raise Refusal("line", f"This source has the lines 1 to {submission.lines}; there is no line {line}.")
        if sum(len(thread.comments) for thread in review.threads.values()) >= MAX_COMMENTS:
            raise Refusal("too many", f"A review has at most {MAX_COMMENTS} comments. Talk on in the chat.")
        return [CommentAdded(self.submission, line, sanitize.message(self.text, what="A comment"), self.thread)]


class ResolveThread(Command, frozen=True, tag="resolve"):
    """Marks a thread as settled, or with `resolved` False as open again: whose source it is, who began the thread,
    and organisers may."""

    submission: str
    thread: int
    resolved: bool = True

    def decide(self, room: Room, by: Member, now: float) -> list[Fact]:
        review, submission = _seen(room, by, self.submission)
        thread = _thread(review, self.thread)
        if by.id not in (submission.by, thread.comments[0].by) and by.role != "organiser":
            raise Refusal("not allowed", f"{submission.name} or {thread.comments[0].name} says when that is settled.")
        if (thread.resolved_by is not None) == self.resolved:
            return []
        return [ThreadResolved(self.submission, self.thread, self.resolved)]


class CloseReview(Command, frozen=True, tag="close review"):
    """Ends a review: one's own, or anyone's for an organiser. What was said stays."""

    submission: str

    def decide(self, room: Room, by: Member, now: float) -> list[Fact]:
        require(by, "review", Thing(room.id))
        review = room.reviews.find(self.submission)
        require(by, "take back", Thing(room.id, review.by))
        return [] if review.closed else [ReviewClosed(self.submission)]


def _thread(review: Review, id: int) -> Thread:
    if id not in review.threads:
        raise Refusal("unknown", f"This review has no thread {id}.")
    return review.threads[id]
