"""Reviews: of the member's own submission, by members who may see it, with threads on lines."""

from __future__ import annotations

import pytest

from cowork.permissions import Member
from cowork.refusal import Refusal
from cowork.rooms.base import Command
from cowork.rooms.review import AddComment, CloseReview, RequestReview, ResolveThread, Reviews
from cowork.rooms.submissions import SourceQuery, Submissions
from tests.support.rooms import ANNA, BEN, CLEO, GUEST, ORGA, RoomPair

EXERCISE = "causal-attention"
SOURCE = b"def f():\n    return 1\n"


def refused(pair: RoomPair, by: Member, command: Command) -> str:
    with pytest.raises(Refusal) as refusal:
        pair.do(by, command)
    return refusal.value.code


def may_see(pair: RoomPair, by: Member, id: str) -> bool:
    try:
        return bool(pair.ask(by, SourceQuery(id))["source"] == SOURCE)
    except Refusal:
        return False


def test_failed_submissions_are_open_to_members_and_solutions_to_those_who_passed() -> None:
    pair = RoomPair()
    failed = pair.hand_in(ANNA, EXERCISE, SOURCE, "failed")
    assert not may_see(pair, BEN, failed)
    pair.do(ANNA, RequestReview(failed, "Why is it wrong?"))
    assert [may_see(pair, by, failed) for by in (ANNA, BEN, ORGA, GUEST)] == [True, True, True, False]
    pair.hand_in(ANNA, EXERCISE, b"other")
    passed = pair.hand_in(ANNA, EXERCISE, SOURCE)
    pair.do(ANNA, RequestReview(passed))
    assert [may_see(pair, by, passed) for by in (ANNA, BEN, ORGA)] == [True, False, True]
    assert refused(pair, BEN, AddComment(passed, "Well", 1)) == "not yet"
    pair.hand_in(BEN, EXERCISE, b"my own")
    assert may_see(pair, BEN, passed)
    assert not may_see(pair, CLEO, passed)


def test_an_ungraded_submission_cannot_be_reviewed_yet() -> None:
    pair = RoomPair()
    waiting = pair.hand_in(ANNA, EXERCISE, SOURCE, None)
    pair.do(ANNA, RequestReview(waiting))
    assert refused(pair, BEN, AddComment(waiting, "Well", 1)) == "wait"


def test_threads_are_replied_to_and_resolved() -> None:
    pair = RoomPair()
    id = pair.hand_in(ANNA, EXERCISE, SOURCE, "failed")
    pair.do(ANNA, RequestReview(id, "Look at line 2"))
    pair.do(BEN, AddComment(id, "Why 1?", 2))
    review = pair.client[Reviews].all[id]
    (thread,) = review.on(2)
    pair.do(ANNA, AddComment(id, "To make it 1.", thread=thread.id))
    assert [(comment.name, comment.text) for comment in thread.comments] == [
        ("Ben", "Why 1?"),
        ("Anna", "To make it 1."),
    ]
    assert refused(pair, CLEO, ResolveThread(id, thread.id)) == "not allowed"
    pair.do(ANNA, ResolveThread(id, thread.id))
    assert pair.do(BEN, ResolveThread(id, thread.id)) == []
    assert (thread.resolved_by, review.open_threads()) == ("Anna", [])
    pair.do(ORGA, ResolveThread(id, thread.id, False))
    assert review.open_threads() == [thread]
    pair.do(BEN, ResolveThread(id, thread.id))
    pair.do(CLEO, AddComment(id, "I do not think so.", thread=thread.id))
    assert review.open_threads() == [thread]
    assert pair.hub == pair.client


def test_a_closed_review_can_be_reopened() -> None:
    pair = RoomPair()
    id = pair.hand_in(ANNA, EXERCISE, SOURCE, "failed")
    pair.do(ANNA, RequestReview(id))
    assert pair.do(ANNA, RequestReview(id)) == []
    assert refused(pair, BEN, CloseReview(id)) == "not allowed"
    pair.do(ORGA, CloseReview(id))
    assert pair.do(ANNA, CloseReview(id)) == []
    assert refused(pair, BEN, AddComment(id, "Well", 1)) == "closed"
    assert pair.client[Reviews].all[id].closed
    pair.do(ANNA, RequestReview(id, "Once more"))
    pair.do(BEN, AddComment(id, "Well", 1))
    assert not pair.client[Reviews].all[id].closed


def test_refusals() -> None:
    pair = RoomPair()
    id = pair.hand_in(ANNA, EXERCISE, SOURCE, "failed")
    assert refused(pair, BEN, RequestReview(id)) == "not allowed"
    assert refused(pair, ANNA, RequestReview("nothing")) == "unknown"
    assert refused(pair, BEN, AddComment(id, "Well", 1)) == "unknown"
    pair.do(ANNA, RequestReview(id))
    assert [refused(pair, BEN, AddComment(id, "Well", line)) for line in (0, 3, -1)] == ["line"] * 3
    assert refused(pair, BEN, AddComment(id, " \x1b[31m ", 1)) == "text"
    assert refused(pair, BEN, AddComment(id, "Well", thread=99)) == "unknown"
    assert refused(pair, BEN, ResolveThread(id, 99)) == "unknown"
    for command in (RequestReview(id), AddComment(id, "Well", 1), ResolveThread(id, 1), CloseReview(id)):
        assert refused(pair, GUEST, command) == "not allowed"


def test_earlier_submissions_are_the_same_members() -> None:
    pair = RoomPair()
    first = pair.hand_in(ANNA, EXERCISE, b"1", "failed")
    pair.hand_in(BEN, EXERCISE, b"1", "failed")
    pair.now += 1
    second = pair.hand_in(ANNA, EXERCISE, b"2", "failed")
    submissions = pair.client[Submissions]
    assert [each.id for each in submissions.earlier(submissions.find(second))] == [first]
    assert submissions.earlier(submissions.find(first)) == []
