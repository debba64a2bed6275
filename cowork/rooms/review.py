"""Reviews: a member asks for comments on a submission; others comment on its lines, in threads that can be resolved."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from cowork import sanitize
from cowork.permissions import MEMBERS, TAKE_BACK, Member, Right, require
from cowork.refusal import Refusal
from cowork.rooms.base import Command, Event, Fact, Feature, Page, Post, Room, State
from cowork.rooms.submissions import Submission, Submissions

REVIEW = Right("review", MEMBERS)
COMMENT = Right("comment", MEMBERS)
MAX_COMMENTS = 500  # in one review


@dataclass
class Thread:
    """The comments on one line (counted from 1); `id` is the seq of the first comment."""

    id: int
    line: int
    comments: list[Post]
    resolved_by: str | None = None  # a name


@dataclass
class Review:
    """The review of a submission, whose id it has: a submission has one review, which can be reopened."""

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

    def thread(self, id: int) -> Thread:
        """Raises Refusal("unknown")."""
        if id not in self.threads:
            raise Refusal("unknown", f"This review has no thread {id}.")
        return self.threads[id]


@dataclass
class Reviews(State):
    all: dict[str, Review] = field(default_factory=dict)

    def find(self, id: str) -> Review:
        """Raises Refusal("unknown")."""
        if id not in self.all:
            raise Refusal("unknown", f"Nobody has asked for a review of {id!r} here.")
        return self.all[id]


class ReviewRequested(Fact, frozen=True, tag="review asked"):
    submission: str
    asks: str = ""

    def apply(self, room: Room, event: Event[Any]) -> None:
        room[Submissions].all[self.submission].shared = True
        new = Review(self.submission, event.by, event.name, event.at, self.asks)
        review = room[Reviews].all.setdefault(self.submission, new)
        review.asks, review.closed = self.asks, False


class CommentAdded(Fact, frozen=True, tag="commented"):
    """`thread`: the thread that it replies to, or None if it starts one."""

    submission: str
    line: int
    text: str
    thread: int | None = None

    def apply(self, room: Room, event: Event[Any]) -> None:
        comment = Post.of(event, self.text)
        threads = room[Reviews].all[self.submission].threads
        if self.thread is None:
            threads[event.seq] = Thread(event.seq, self.line, [comment])
        else:
            threads[self.thread].comments.append(comment)
            threads[self.thread].resolved_by = None  # a reply reopens the thread


class ThreadResolved(Fact, frozen=True, tag="thread resolved"):
    submission: str
    thread: int
    resolved: bool = True

    def apply(self, room: Room, event: Event[Any]) -> None:
        thread = room[Reviews].all[self.submission].threads[self.thread]
        thread.resolved_by = event.name if self.resolved else None


class ReviewClosed(Fact, frozen=True, tag="review closed"):
    submission: str

    def apply(self, room: Room, event: Event[Any]) -> None:
        room[Reviews].all[self.submission].closed = True


class RequestReview(Command, frozen=True, tag="ask review"):
    """Shares the member's own submission and asks the room for comments. A submission that passed can still be seen
    only by members who have passed too (`Submissions.is_shared`)."""

    submission: str
    asks: str = ""

    def decide(self, room: Room, by: Member, now: float) -> list[Fact]:
        require(by, REVIEW, room.id)
        if room[Submissions].find(self.submission).by != by.id:
            raise Refusal("not allowed", "You can ask for a review of your own submissions only.")
        asks = sanitize.message(self.asks) if self.asks.strip() else ""
        review = room[Reviews].all.get(self.submission)
        if review is not None and not review.closed and review.asks == asks:
            return []
        return [ReviewRequested(self.submission, asks)]


def _open_review(room: Room, by: Member, id: str) -> tuple[Review, Submission]:
    """An open review and its submission, which `by` may see and comment on."""
    require(by, COMMENT, room.id)
    review, submission = room[Reviews].find(id), room[Submissions].find(id)
    room[Submissions].require_readable(submission, room.id, by)
    if review.closed:
        raise Refusal("closed", f"This review is closed; {review.name} can ask for it again.")
    return review, submission


class AddComment(Command, frozen=True, tag="comment"):
    """Comments on a line (counted from 1), or replies to a thread, which makes `line` unnecessary."""

    submission: str
    text: str
    line: int = 0
    thread: int | None = None

    def decide(self, room: Room, by: Member, now: float) -> list[Fact]:
        review, submission = _open_review(room, by, self.submission)
        line = self.line
        if self.thread is not None:
            line = review.thread(self.thread).line
        elif not 1 <= line <= submission.lines:
            raise Refusal("line", f"This source has lines 1 to {submission.lines}; it has no line {line}.")
        if sum(len(thread.comments) for thread in review.threads.values()) >= MAX_COMMENTS:
            raise Refusal("too many", f"A review has at most {MAX_COMMENTS} comments. Continue in the chat.")
        return [CommentAdded(self.submission, line, sanitize.message(self.text, label="A comment"), self.thread)]


class ResolveThread(Command, frozen=True, tag="resolve"):
    """Resolves a thread, or reopens it if `resolved` is False. The submission's owner, the thread's author and
    organisers may do so."""

    submission: str
    thread: int
    resolved: bool = True

    def decide(self, room: Room, by: Member, now: float) -> list[Fact]:
        review, submission = _open_review(room, by, self.submission)
        thread = review.thread(self.thread)
        if by.id not in (submission.by, thread.comments[0].by) and by.role != "organiser":
            names = f"{submission.name}, {thread.comments[0].name} or an organiser"
            raise Refusal("not allowed", f"Only {names} can resolve or reopen this thread.")
        if (thread.resolved_by is not None) == self.resolved:
            return []
        return [ThreadResolved(self.submission, self.thread, self.resolved)]


class CloseReview(Command, frozen=True, tag="close review"):
    """Closes a review; its comments stay. Members close their own reviews, organisers any."""

    submission: str

    def decide(self, room: Room, by: Member, now: float) -> list[Fact]:
        require(by, REVIEW, room.id)
        review = room[Reviews].find(self.submission)
        require(by, TAKE_BACK, room.id, review.by)
        return [] if review.closed else [ReviewClosed(self.submission)]


FEATURE = Feature(
    state=Reviews, commands=(RequestReview, AddComment, ResolveThread, CloseReview),
    facts=(ReviewRequested, CommentAdded, ThreadResolved, ReviewClosed), rights=(REVIEW, COMMENT),
    cli="tui.cli.cowork.review", verbs=("review",),
    page=Page("review", "v", "Review", "Read each other's code, line by line", "reviews:ReviewPage"),
)  # fmt: skip
