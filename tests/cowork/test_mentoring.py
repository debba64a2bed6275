"""The queue of reviews: claims, answers, new submissions that come back, and reviews between two members."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from cowork.permissions import HUB, Member
from cowork.refusal import Refusal
from cowork.rooms.base import Command, Query
from cowork.rooms.break_it import TryInput
from cowork.rooms.meetings import Meetings
from cowork.rooms.mentoring import ApproveSubmission, AskForChanges, ClaimReview, HandInForReview, ReleaseReview
from cowork.rooms.review import (
    AddComment,
    CloseReview,
    RemoveReviewText,
    RequestReview,
    ReviewTextsQuery,
    VerdictQuery,
)
from cowork.rooms.review_state import Review, Reviews, long_waits
from cowork.rooms.submissions import Graded, HandIn, RecordVerdict, RemoveSource, SourceQuery, Submissions
from tests.support.rooms import ANNA, BEN, CLEO, GUEST, ORGA, RoomPair
from tui.widgets.cowork.meeting_rows import meeting_rows
from tui.widgets.cowork.review_rows import review_row

EXERCISE = "causal-attention"
SOURCE = b"def f():\n    return 1\n"


def refused(pair: RoomPair, by: Member, command: Command | Query) -> str:
    with pytest.raises(Refusal) as refusal:
        pair.ask(by, command) if isinstance(command, Query) else pair.do(by, command)
    return refusal.value.code


def stuck(pair: RoomPair, by: Member = ANNA, private: bool = False, source: bytes = SOURCE) -> str:
    """A member hands in a source that does not pass, and asks for a review; returns the submission."""
    id = pair.hand_in(by, EXERCISE, source, "failed", says="The quoted words.", mistake="No mask.")
    pair.do(by, RequestReview(id, "I am stuck", private))
    return id


def review_of(pair: RoomPair, id: str) -> Review:
    assert pair.hub == pair.client
    return pair.client[Reviews].all[id]


def test_the_longest_wait_comes_first_and_one_member_claims_a_review() -> None:
    pair = RoomPair()
    first = stuck(pair)
    pair.now += 10
    second = stuck(pair, BEN)
    assert [review.id for review in pair.client[Reviews].waiting()] == [first, second]
    assert refused(pair, ANNA, ClaimReview(first)) == "own"
    assert refused(pair, GUEST, ClaimReview(first)) == "not allowed"
    assert refused(pair, BEN, ApproveSubmission(first)) == "claim"
    pair.do(BEN, ClaimReview(first))
    assert pair.do(BEN, ClaimReview(first)) == []
    assert refused(pair, CLEO, ClaimReview(first)) == "taken"
    assert refused(pair, CLEO, ReleaseReview(first)) == "not allowed"
    pair.do(BEN, ReleaseReview(first))
    pair.do(CLEO, ClaimReview(first))
    assert review_of(pair, first).reviewer == CLEO.id
    pair.do(ORGA, ReleaseReview(first))
    assert not review_of(pair, first).reviewer


def test_what_is_asked_for_again_comes_back_to_the_same_reviewer() -> None:
    pair = RoomPair()
    first = stuck(pair)
    pair.do(BEN, ClaimReview(first))
    pair.do(BEN, AddComment(first, "Here", 2))
    assert refused(pair, BEN, AskForChanges(first, " ")) == "text"
    pair.do(BEN, AskForChanges(first, "Mask the scores."))
    answer = review_of(pair, first).answer
    assert answer is not None and answer.text == "Mask the scores."
    assert pair.client[Reviews].waiting() == []
    assert refused(pair, BEN, ApproveSubmission(first)) == "closed"
    pair.do(ANNA, AddComment(first, "I try.", thread=next(iter(review_of(pair, first).threads))))
    pair.now += 60
    second = pair.hand_in(ANNA, EXERCISE, b"def f():\n    return 2\n", "failed")
    [waits] = pair.client[Reviews].waiting()
    assert (waits.id, waits.reviewer, waits.follows, waits.since) == (second, BEN.id, first, pair.now)
    assert review_of(pair, first).closed
    assert pair.ask(BEN, SourceQuery(second))["source"].endswith(b"2\n")
    assert refused(pair, BEN, AddComment(first, "Old", 2)) == "closed"
    pair.do(BEN, ApproveSubmission(second, "Well done."))
    assert (review_of(pair, second).verdict, review_of(pair, second).closed) == ("approved", True)
    third = pair.hand_in(ANNA, EXERCISE, b"def f():\n    return 3\n", "failed")
    assert third not in pair.client[Reviews].all, "an approved submission is not reviewed again"


def test_an_author_who_disagrees_asks_the_same_reviewer_again() -> None:
    pair = RoomPair()
    id = stuck(pair)
    pair.do(BEN, ClaimReview(id))
    pair.do(BEN, AskForChanges(id, "Mask it."))
    pair.now += 5
    pair.do(ANNA, RequestReview(id, "It is masked in line 2."))
    assert (review_of(pair, id).reviewer, review_of(pair, id).since) == (BEN.id, pair.now)
    pair.do(ANNA, CloseReview(id))
    pair.do(ANNA, RequestReview(id, "Somebody else?"))
    assert not review_of(pair, id).reviewer


def test_a_private_review_is_between_two() -> None:
    pair = RoomPair()
    pair.hand_in(CLEO, EXERCISE, b"passed")
    (handed_in,) = pair.do(ANNA, HandIn(EXERCISE, SOURCE, private=True))
    id = handed_in.submission
    (verdict,) = pair.do(HUB, RecordVerdict(Graded(id, "failed", "The quoted words.", "No mask.", "no-mask")))
    assert (verdict.outcome, verdict.says, verdict.mistake, verdict.mistake_id) == ("failed", "", None, None)
    pair.do(ANNA, RequestReview(id, "I am stuck"))
    queries = (SourceQuery(id), ReviewTextsQuery(id), VerdictQuery(id))
    for by in (BEN, CLEO, ORGA):
        assert [refused(pair, by, query) for query in queries] == ["private"] * 3
    assert refused(pair, BEN, AddComment(id, "Well", 1)) == "private"
    assert refused(pair, BEN, TryInput(id, "example")) == "private"
    pair.do(BEN, ClaimReview(id))
    pair.do(BEN, AddComment(id, "This line", 2))
    pair.do(ANNA, AddComment(id, "Oh", thread=next(iter(review_of(pair, id).threads))))
    pair.do(BEN, AskForChanges(id, "Mask it"))
    for by in (ANNA, BEN):
        assert pair.ask(by, SourceQuery(id))["source"] == SOURCE
        assert set(pair.ask(by, ReviewTextsQuery(id)).values()) == {"I am stuck", "This line", "Oh", "Mask it"}
        assert pair.ask(by, VerdictQuery(id)) == {"says": "The quoted words.", "mistake": "No mask."}
    assert all(not text.text for text in review_of(pair, id).texts()), "the room receives no text"
    second = pair.hand_in(ANNA, EXERCISE, b"x = 2\n", "passed", says="Quoted too.")
    assert pair.client[Submissions].all[second].private and not pair.client[Submissions].all[second].says
    assert pair.ask(BEN, SourceQuery(second))["source"] == b"x = 2\n"
    for by in (CLEO, ORGA):
        assert refused(pair, by, SourceQuery(second)) == "private", "also for those who have passed"
    assert refused(pair, CLEO, AddComment(second, "Well", 1)) == "private"


def test_a_verdict_that_was_public_becomes_private() -> None:
    pair = RoomPair()
    id = stuck(pair, private=True)
    submission = pair.client[Submissions].all[id]
    assert (submission.says, submission.mistake, submission.outcome) == ("", None, "failed")
    assert pair.ask(ANNA, VerdictQuery(id)) == {"says": "The quoted words.", "mistake": "No mask."}
    assert pair.hub == pair.client


def test_a_private_solution_is_reviewed_by_those_who_have_passed() -> None:
    pair = RoomPair()
    id = pair.hand_in(ANNA, EXERCISE, SOURCE)
    pair.do(ANNA, RequestReview(id, "Is it good?", private=True))
    assert refused(pair, BEN, ClaimReview(id)) == "not yet"
    pair.hand_in(BEN, EXERCISE, b"mine")
    pair.do(BEN, ClaimReview(id))
    assert pair.ask(BEN, SourceQuery(id))["source"] == SOURCE


@pytest.mark.parametrize("private", [False, True])
def test_a_source_that_is_removed_waits_for_nobody(private: bool) -> None:
    pair = RoomPair()
    id = stuck(pair, private=private)
    pair.do(ORGA, RemoveSource(id))
    assert pair.client[Reviews].waiting() == [] and pair.blobs.keys() <= {review_of(pair, id).question.blob}
    assert refused(pair, ANNA, RequestReview(id)) == "removed"
    assert pair.ask(ANNA, VerdictQuery(id)) == {"says": "", "mistake": None}


@pytest.mark.parametrize("private", [False, True])
def test_texts_are_taken_back(private: bool) -> None:
    pair = RoomPair()
    id = stuck(pair, private=private)
    pair.do(BEN, ClaimReview(id))
    pair.do(BEN, AddComment(id, "This line", 2))
    pair.do(BEN, AskForChanges(id, "Mask it"))
    review = review_of(pair, id)
    question, comment, answer = review.texts()
    assert refused(pair, CLEO, RemoveReviewText(id, comment.seq)) == "not allowed"
    assert refused(pair, ANNA, RemoveReviewText(id, comment.seq)) == "not allowed"
    for by, text in ((ANNA, question), (BEN, comment), (ORGA, answer)):
        (fact,) = pair.do(by, RemoveReviewText(id, text.seq))
        assert fact.erases() == (text.seq,)
        assert pair.do(by, RemoveReviewText(id, text.seq)) == []
    assert all(text.removed and not text.text for text in review_of(pair, id).texts())
    assert not [key for key in pair.blobs if key.startswith("text")]
    assert refused(pair, ANNA, RemoveReviewText(id, 99)) == "unknown"


def test_the_meeting_lists_what_has_waited_for_more_than_three_days() -> None:
    pair = RoomPair()
    id = stuck(pair)
    stuck(pair, BEN)
    pair.do(CLEO, ClaimReview(id))
    pair.do(CLEO, AskForChanges(id, "Mask it."))
    rooms = {"r": pair.client}
    assert long_waits(rooms, pair.now + 3 * 86_400 - 1) == []
    [(room, review)] = long_waits(rooms, pair.now + 3 * 86_400 + 1)
    assert (room, review.by) == (pair.client, BEN.id), "Anna's waits for Anna"
    row = review_row(room, review, CLEO.id, pair.now + 4 * 86_400, elsewhere=True)
    rows = [
        str(row.content) for row in meeting_rows(pair.plan(), pair.client[Meetings], CLEO.id, datetime.now(UTC), [row])
    ]
    assert any("more than three days" in row for row in rows)
    assert "Ben  causal-attention  4 days  nobody has claimed it\\n\\xa0\\xa0Room · I am stuck" in str(rows)


@pytest.mark.parametrize("private", [False, True])
def test_a_source_is_handed_in_and_its_review_asked_for_at_once(private: bool) -> None:
    pair = RoomPair()
    handed_in, asked = pair.do(ANNA, HandInForReview(EXERCISE, SOURCE, "I am stuck", private))
    review = review_of(pair, handed_in.submission)
    assert (review.waits, review.private, asked.asks) == (True, private, "" if private else "I am stuck")
    if private:
        assert list(pair.ask(ANNA, ReviewTextsQuery(review.id)).values()) == ["I am stuck"]
    again = pair.do(ANNA, HandInForReview(EXERCISE, SOURCE, "Still stuck", private))
    assert [fact.submission for fact in again] == [review.id], "the same source is handed in once"
