"""The state of reviews: what waits for a reviewer, who has claimed it, and the comments on its lines."""

from __future__ import annotations

import copy
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from cowork.refusal import Refusal
from cowork.rooms.base import Event, Fact, Post, Room, State, Traces

Verdict = Literal["approved", "again"]
LONG_WAIT = 3 * 86_400.0  # seconds after which a meeting's page lists a request


@dataclass
class ReviewText(Post):
    """A text of a review. `blob`: the key of a private text, which the room does not receive; `removed`: it was taken
    back."""

    blob: str = ""
    removed: bool = False


@dataclass
class Thread:
    """The comments on one line (counted from 1); `id` is the seq of the first comment."""

    id: int
    line: int
    comments: list[ReviewText]
    resolved_by: str | None = None  # a name


@dataclass
class Review:
    """The review of a submission, whose id it has: a submission has one review, which can be reopened. `question`: what
    its author asks; `since`: when it began to wait for a reviewer; `reviewer`: the member who has claimed it, "" if
    nobody has; `verdict`: "again" puts it back to its author, with `answer`; `follows` and `followed_by`: the
    submissions that were handed in before and after."""

    id: str
    by: str
    name: str
    at: float
    question: ReviewText
    private: bool = False
    since: float = 0.0
    closed: bool = False
    reviewer: str = ""
    reviewer_name: str = ""
    verdict: Verdict | None = None
    answer: ReviewText | None = None
    follows: str = ""
    followed_by: str = ""
    threads: dict[int, Thread] = field(default_factory=dict)

    @property
    def asks(self) -> str:
        return self.question.text

    @property
    def waits(self) -> bool:
        """Whether a reviewer has to do something."""
        return not self.closed and self.verdict is None

    def is_between(self, member: str) -> bool:
        """Whether a member is its author or its reviewer."""
        return member in (self.by, self.reviewer)

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

    def texts(self) -> Iterator[ReviewText]:
        """Yields the question, the comments and the answer."""
        yield self.question
        for thread in self.threads.values():
            yield from thread.comments
        if self.answer is not None:
            yield self.answer

    def text(self, seq: int) -> ReviewText | None:
        """The text of an event of this review, None if there is none."""
        return next((text for text in self.texts() if text.seq == seq), None)

    def with_texts(self, texts: Mapping[str, str]) -> Review:
        """Returns a copy with the texts of a private review, as ReviewTextsQuery returns them."""
        shown = copy.deepcopy(self)
        for text in shown.texts():
            if not text.removed:
                text.text = texts.get(str(text.seq), text.text)
        return shown


@dataclass
class Reviews(State):
    all: dict[str, Review] = field(default_factory=dict)

    def find(self, id: str) -> Review:
        """Raises Refusal("unknown")."""
        if id not in self.all:
            raise Refusal("unknown", f"Nobody has asked for a review of {id!r} here.")
        return self.all[id]

    def waiting(self) -> list[Review]:
        """The reviews that wait for a reviewer, the longest wait first."""
        return sorted((review for review in self.all.values() if review.waits), key=lambda review: review.since)

    def open(self, submissions: Iterable[str]) -> list[Review]:
        """The reviews of these submissions that are not closed."""
        return [self.all[id] for id in submissions if id in self.all and not self.all[id].closed]

    def reviewer(self, submission: str) -> str:
        """The member who has claimed the review of a submission, or ""."""
        review = self.all.get(submission)
        return review.reviewer if review is not None else ""

    def follow(self, before: str, submission: str, event: Event[Any]) -> None:
        """Continues a review that was put back to its author with their new submission, for the same reviewer."""
        old = self.all[before]
        old.followed_by, old.closed = submission, True
        self.all[submission] = Review(
            submission, old.by, event.name, old.at, old.question, old.private, event.at,
            reviewer=old.reviewer, reviewer_name=old.reviewer_name, follows=before,
        )  # fmt: skip

    def departure(self, member: str) -> list[Fact]:
        """Withdraws the requests of a member who leaves, and releases the reviews that they have claimed."""
        own: list[Fact] = [ReviewClosed(review.id) for review in self.all.values()
                           if review.by == member and not review.closed]  # fmt: skip
        claimed = [review for review in self.all.values() if review.reviewer == member and not review.closed]
        return own + [ReviewReleased(review.id) for review in claimed]

    def traces(self, member: str) -> Traces:
        """The private texts of a member, and those of others in the member's own private reviews."""
        private = [(review, text) for review in self.all.values() if review.private for text in review.texts()]
        known = [(review, text) for review, text in private if member in (review.by, text.by)]
        return Traces(tuple(text.seq for _, text in known), tuple(text.blob for _, text in known if text.blob))


class ReviewReleased(Fact, frozen=True, tag="review released"):
    submission: str

    def apply(self, room: Room, event: Event[Any]) -> None:
        review = room[Reviews].all[self.submission]
        review.reviewer = review.reviewer_name = ""


class ReviewClosed(Fact, frozen=True, tag="review closed"):
    submission: str

    def apply(self, room: Room, event: Event[Any]) -> None:
        room[Reviews].all[self.submission].closed = True


def long_waits(rooms: Mapping[str, Room], now: float) -> list[tuple[Room, Review]]:
    """Returns the reviews of rooms (by id) that have waited for more than three days, the longest wait first."""
    waiting = [(room, review) for room in rooms.values() for review in room[Reviews].waiting()]
    long = [(room, review) for room, review in waiting if now - review.since > LONG_WAIT]
    return sorted(long, key=lambda pair: pair[1].since)
