"""The queue of reviews: a member asks, one member claims it, then approves the submission or asks for changes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from cowork import sanitize
from cowork.permissions import MEMBERS, TAKE_BACK, Member, Right, require
from cowork.refusal import Refusal
from cowork.rooms.base import Blob, Command, ErasedBlob, Event, Fact, Feature, Room
from cowork.rooms.review import REVIEW, RequestReview, ReviewRequested, open_review, text_fields
from cowork.rooms.review_state import Review, ReviewReleased, Reviews, ReviewText, Verdict
from cowork.rooms.submissions import UNGRADED, HandedIn, HandIn, Submission, Submissions

MENTOR = Right("claim a review", MEMBERS)


class ReviewClaimed(Fact, frozen=True, tag="review claimed"):
    submission: str

    def apply(self, room: Room, event: Event[Any]) -> None:
        review = room[Reviews].all[self.submission]
        review.reviewer, review.reviewer_name = event.by, event.name


class ReviewAnswered(Fact, frozen=True, tag="review answered"):
    """The reviewer approves the submission, or asks for changes."""

    submission: str
    verdict: Verdict
    text: str = ""
    blob: str = ""

    def erased(self) -> Fact:
        return ReviewAnswered(self.submission, self.verdict)

    def apply(self, room: Room, event: Event[Any]) -> None:
        review = room[Reviews].all[self.submission]
        review.verdict, review.closed = self.verdict, self.verdict == "approved"
        review.answer = ReviewText.of(event, self.text)
        review.answer.blob = self.blob


class HandInForReview(Command, frozen=True, tag="hand in for review"):
    """Hands in a source and asks for its review, whether or not it passes. The same source as before is not handed in
    again."""

    exercise: str
    source: bytes
    asks: str = ""
    private: bool = False

    def decide(self, room: Room, by: Member, now: float) -> Sequence[Fact | Blob | ErasedBlob]:
        require(by, REVIEW, room.id)
        handed_in = HandIn(self.exercise, self.source, self.private).decide(room, by, now)
        new = next((fact for fact in handed_in if isinstance(fact, HandedIn)), None)
        if new is None:
            return RequestReview(room[Submissions].of(by.id, self.exercise)[-1].id, self.asks, self.private).decide(
                room, by, now
            )
        asks = sanitize.message(self.asks) if self.asks.strip() else ""
        fields, blobs = text_fields(None, new.private, asks)
        asked = ReviewRequested(new.submission, fields["text"], new.private, fields.get("blob", ""))
        return [*handed_in, asked, *blobs]


class ClaimReview(Command, frozen=True, tag="claim review"):
    """Claims a review: the first member to claim it gets it. Who claims the review of a passed submission has passed
    the exercise, too, or is an organiser."""

    lasting = False
    submission: str

    def decide(self, room: Room, by: Member, now: float) -> list[Fact]:
        require(by, MENTOR, room.id)
        review, submission = room[Reviews].find(self.submission), room[Submissions].find(self.submission)
        if submission.by == by.id:
            raise Refusal("own", "You cannot review your own submission.")
        if not review.waits:
            raise Refusal("closed", f"This review is no longer waiting: {state_of(review)}.")
        if review.reviewer == by.id:
            return []
        if review.reviewer:
            raise Refusal("taken", f"{review.reviewer_name} has already claimed this review.")
        if not submission.private:
            room[Submissions].require_readable(submission, room, by)
        else:
            _require_no_spoiler(room, submission, by)
        return [ReviewClaimed(self.submission)]


def _require_no_spoiler(room: Room, submission: Submission, by: Member) -> None:
    """Raises Refusal if a private source would give the solution away."""
    if by.role == "organiser" or room[Submissions].has_passed(by.id, submission.exercise):
        return
    if submission.outcome is None:
        raise Refusal("wait", f"{submission.name}'s source is being graded. Try again when it has a verdict.")
    if submission.outcome in ("passed", UNGRADED):
        raise Refusal("not yet", "This submission may hold the solution. Pass the exercise before you claim it.")


def state_of(review: Review) -> str:
    """Returns the state of a review in words."""
    if review.verdict == "approved":
        return f"approved by {review.reviewer_name or 'a reviewer'}"
    if review.followed_by:
        return f"{review.name} has handed in a newer version"
    if review.closed:
        return "closed"
    if review.verdict == "again":
        return f"{review.reviewer_name or 'The reviewer'} has asked {review.name} for changes"
    return f"claimed by {review.reviewer_name}" if review.reviewer else "waits for a reviewer"


class ReleaseReview(Command, frozen=True, tag="release review"):
    """Gives a claimed review back to the queue. Reviewers release their own, organisers any."""

    lasting = False
    submission: str

    def decide(self, room: Room, by: Member, now: float) -> list[Fact]:
        review = room[Reviews].find(self.submission)
        if not review.reviewer or not review.waits:
            return []
        require(by, TAKE_BACK, room.id, review.reviewer)
        return [ReviewReleased(self.submission)]


def _claimed(room: Room, by: Member, id: str) -> Review:
    """A review that `by` has claimed and that waits. Raises Refusal."""
    review, _ = open_review(room, by, id)
    if review.reviewer != by.id:
        who = f"{review.reviewer_name} has claimed this review" if review.reviewer else "Claim this review first"
        raise Refusal("claim", f"{who}; only the member who has claimed a review decides on it.")
    if not review.waits:
        raise Refusal("closed", f"This review is already decided: {state_of(review)}.")
    return review


class ApproveSubmission(Command, frozen=True, tag="approve"):
    """Approves a submission whose review the member has claimed, which ends the review."""

    submission: str
    text: str = ""

    def decide(self, room: Room, by: Member, now: float) -> Sequence[Fact | Blob]:
        review = _claimed(room, by, self.submission)
        text = sanitize.message(self.text, label="An answer") if self.text.strip() else ""
        fields, blobs = text_fields(review, False, text)
        return [ReviewAnswered(self.submission, "approved", **fields), *blobs]


class AskForChanges(Command, frozen=True, tag="ask again"):
    """Puts a submission back to its author with what to change. The author's next submission of the exercise comes
    back to the same reviewer."""

    submission: str
    text: str

    def decide(self, room: Room, by: Member, now: float) -> Sequence[Fact | Blob]:
        review = _claimed(room, by, self.submission)
        fields, blobs = text_fields(review, False, sanitize.message(self.text, label="What to change"))
        return [ReviewAnswered(self.submission, "again", **fields), *blobs]


FEATURE = Feature(
    commands=(HandInForReview, ClaimReview, ReleaseReview, ApproveSubmission, AskForChanges),
    facts=(ReviewClaimed, ReviewReleased, ReviewAnswered), rights=(MENTOR,), cli="tui.cli.cowork.mentoring",
    verbs=("reviews", "claim", "release", "comment", "approve", "ask-again"),
)  # fmt: skip
