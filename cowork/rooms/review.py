"""Reviews: a member asks for comments on a submission; others comment on its lines, in threads that can be resolved.

The texts of a private review are blobs, which only its author and its reviewer receive.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Sequence
from typing import Any

import msgspec

from cowork import sanitize
from cowork.permissions import MEMBERS, TAKE_BACK, Member, Right, require
from cowork.refusal import Refusal
from cowork.rooms.base import Blob, Command, ErasedBlob, Event, Fact, Feature, Page, Query, Room
from cowork.rooms.review_state import Review, ReviewClosed, Reviews, ReviewText, Thread
from cowork.rooms.submissions import (
    Submission,
    Submissions,
    require_private,
    verdict_blob,
    verdict_key,
)

REVIEW = Right("review", MEMBERS)
COMMENT = Right("comment", MEMBERS)
MAX_COMMENTS = 500  # in one review


def text_fields(review: Review | None, private: bool, text: str) -> tuple[dict[str, str], list[Blob]]:
    """Returns where a text goes: into the fact, as {"text"}, or into a blob, as {"blob"}."""
    if not text or not (private or (review is not None and review.private)):
        return {"text": text}, []
    blob = Blob(f"text {secrets.token_hex(8)}", text.encode())
    return {"text": "", "blob": blob.key}, [blob]


class ReviewRequested(Fact, frozen=True, tag="review asked"):
    """`verdict`: the seq of the verdict whose words become private."""

    submission: str
    asks: str = ""
    private: bool = False
    blob: str = ""
    verdict: int = 0

    def erases(self) -> Sequence[int]:
        return (self.verdict,) if self.verdict else ()

    def erased(self) -> Fact:
        return ReviewRequested(self.submission, "", self.private, "", self.verdict)

    def apply(self, room: Room, event: Event[Any]) -> None:
        submission = room[Submissions].all[self.submission]
        submission.shared = True
        if self.private:
            submission.private = True
            submission.forget_words()
        question = ReviewText.of(event, self.asks)
        question.blob = self.blob
        new = Review(self.submission, event.by, event.name, event.at, question, since=event.at)
        review = room[Reviews].all.setdefault(self.submission, new)
        if review.verdict == "approved" or review.closed:
            review.reviewer = review.reviewer_name = ""
        if review is not new:
            review.since = event.at if not review.waits else review.since
        review.question, review.private = question, submission.private
        review.closed, review.verdict = False, None


class CommentAdded(Fact, frozen=True, tag="commented"):
    """`thread`: the thread that it replies to, or None if it starts one."""

    submission: str
    line: int
    text: str
    thread: int | None = None
    blob: str = ""

    def erased(self) -> Fact:
        return CommentAdded(self.submission, self.line, "", self.thread)

    def apply(self, room: Room, event: Event[Any]) -> None:
        comment = ReviewText.of(event, self.text)
        comment.blob, comment.removed = self.blob, not (self.text or self.blob)
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


class ReviewTextRemoved(Fact, frozen=True, tag="review text removed"):
    """A comment, a question or an answer was taken back; `text`: the seq of its event."""

    submission: str
    text: int

    def erases(self) -> Sequence[int]:
        return (self.text,)

    def apply(self, room: Room, event: Event[Any]) -> None:
        text = room[Reviews].all[self.submission].text(self.text)
        if text is not None:
            text.text, text.blob, text.removed = "", "", True


class RequestReview(Command, frozen=True, tag="ask review"):
    """Shares the member's own submission and asks for comments, also before it passes. A submission that passed can
    still be seen only by members who have passed too (`Submissions.is_shared`); a `private` one only by the reviewer
    who claims it."""

    submission: str
    asks: str = ""
    private: bool = False

    def decide(self, room: Room, by: Member, now: float) -> Sequence[Fact | Blob | ErasedBlob]:
        require(by, REVIEW, room.id)
        submission = room[Submissions].find(self.submission)
        if submission.by != by.id:
            raise Refusal("not allowed", "You can ask for a review of your own submissions only.")
        if submission.removed:
            raise Refusal("removed", "The hub no longer has this source. Hand it in again.")
        asks = sanitize.message(self.asks) if self.asks.strip() else ""
        review = room[Reviews].all.get(self.submission)
        private = self.private or submission.private
        if review is not None and review.waits and (review.asks, review.private) == (asks, private) and not private:
            return []
        fields, blobs = text_fields(review, private, asks)
        verdict = 0
        if private and not submission.private and submission.graded:
            verdict = submission.graded
            blobs.append(verdict_blob(submission))
        asked = ReviewRequested(self.submission, fields["text"], private, fields.get("blob", ""), verdict)
        old = [ErasedBlob(review.question.blob)] if review is not None and review.question.blob else []
        return [asked, *blobs, *old]


def open_review(room: Room, by: Member, id: str) -> tuple[Review, Submission]:
    """An open review and its submission, which `by` may see and comment on. Raises Refusal."""
    require(by, COMMENT, room.id)
    review, submission = room[Reviews].find(id), room[Submissions].find(id)
    room[Submissions].require_readable(submission, room, by)
    if review.followed_by:
        raise Refusal("closed", f"{review.name} has handed in a newer version: {review.followed_by}.")
    if review.closed:
        raise Refusal("closed", f"This review is closed; {review.name} can ask for it again.")
    return review, submission


class AddComment(Command, frozen=True, tag="comment"):
    """Comments on a line (counted from 1), or replies to a thread, which makes `line` unnecessary."""

    submission: str
    text: str
    line: int = 0
    thread: int | None = None

    def decide(self, room: Room, by: Member, now: float) -> Sequence[Fact | Blob]:
        review, submission = open_review(room, by, self.submission)
        line = self.line
        if self.thread is not None:
            line = review.thread(self.thread).line
        elif not 1 <= line <= submission.lines:
            raise Refusal("line", f"This source has lines 1 to {submission.lines}; it has no line {line}.")
        if sum(len(thread.comments) for thread in review.threads.values()) >= MAX_COMMENTS:
            raise Refusal("too many", f"A review has at most {MAX_COMMENTS} comments. Continue in the chat.")
        text = sanitize.message(self.text, label="A comment")
        fields, blobs = text_fields(review, False, text)
        return [CommentAdded(self.submission, line, thread=self.thread, **fields), *blobs]


class ResolveThread(Command, frozen=True, tag="resolve"):
    """Resolves a thread, or reopens it if `resolved` is False. The submission's owner, the thread's author and
    organisers may do so."""

    submission: str
    thread: int
    resolved: bool = True

    def decide(self, room: Room, by: Member, now: float) -> list[Fact]:
        review, submission = open_review(room, by, self.submission)
        thread = review.thread(self.thread)
        if by.id not in (submission.by, thread.comments[0].by) and by.role != "organiser":
            names = f"{submission.name}, {thread.comments[0].name} or an organiser"
            raise Refusal("not allowed", f"Only {names} can resolve or reopen this thread.")
        if (thread.resolved_by is not None) == self.resolved:
            return []
        return [ThreadResolved(self.submission, self.thread, self.resolved)]


class RemoveReviewText(Command, frozen=True, tag="remove review text"):
    """Removes a comment, a question or an answer of a review for good. `text`: the seq of its event. Members remove
    their own, organisers any."""

    submission: str
    text: int

    def decide(self, room: Room, by: Member, now: float) -> Sequence[Fact | ErasedBlob]:
        text = room[Reviews].find(self.submission).text(self.text)
        if text is None:
            raise Refusal("unknown", f"This review has no text {self.text}.")
        require(by, TAKE_BACK, room.id, text.by)
        if text.removed:
            return []
        blobs = [ErasedBlob(text.blob)] if text.blob else []
        return [ReviewTextRemoved(self.submission, self.text), *blobs]


class CloseReview(Command, frozen=True, tag="close review"):
    """Closes a review; its comments stay. Members close their own reviews, organisers any."""

    submission: str

    def decide(self, room: Room, by: Member, now: float) -> list[Fact]:
        require(by, REVIEW, room.id)
        review = room[Reviews].find(self.submission)
        require(by, TAKE_BACK, room.id, review.by)
        return [] if review.closed else [ReviewClosed(self.submission)]


class ReviewTextsQuery(Query, frozen=True, tag="review texts"):
    """Returns the texts of a private review, by the seq of their events, to its author and its reviewer."""

    submission: str

    def keys(self, room: Room, by: Member) -> list[str]:
        review, submission = room[Reviews].find(self.submission), room[Submissions].find(self.submission)
        if not review.private:
            return []
        require_private(room, submission, by)
        return [text.blob for text in review.texts() if text.blob]

    def answer(self, room: Room, by: Member, blob: Callable[[str], bytes]) -> Any:
        self.keys(room, by)
        texts = room[Reviews].find(self.submission).texts()
        return {str(text.seq): blob(text.blob).decode() for text in texts if text.blob}


class VerdictQuery(Query, frozen=True, tag="verdict"):
    """Returns the words of the verdict on a submission: {"says", "mistake"}."""

    submission: str

    def keys(self, room: Room, by: Member) -> list[str]:
        submission = room[Submissions].find(self.submission)
        if not submission.private:
            return []
        require_private(room, submission, by)
        return [] if submission.removed or submission.outcome is None else [verdict_key(submission.id)]

    def answer(self, room: Room, by: Member, blob: Callable[[str], bytes]) -> Any:
        submission = room[Submissions].find(self.submission)
        if self.keys(room, by):
            return msgspec.json.decode(blob(verdict_key(submission.id)))
        return {"says": submission.says, "mistake": submission.mistake}


FEATURE = Feature(
    state=Reviews, commands=(RequestReview, AddComment, ResolveThread, RemoveReviewText, CloseReview),
    facts=(ReviewRequested, CommentAdded, ThreadResolved, ReviewTextRemoved, ReviewClosed),
    queries=(ReviewTextsQuery, VerdictQuery), rights=(REVIEW, COMMENT), cli="tui.cli.cowork.review", verbs=("review",),
    page=Page("review", "v", "Review", "What waits for review; code, line by line", "reviews:ReviewPage"),
)  # fmt: skip
