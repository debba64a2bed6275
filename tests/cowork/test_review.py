"""Reviews: of one's own snapshot, by those who may see it, line by line."""

from __future__ import annotations

import pytest
from rooms_kit import ANNA, BEN, CLEO, GUEST, ORGA, Table

from cowork.permissions import Member
from cowork.refusal import Refusal
from cowork.rooms.base import Command
from cowork.rooms.review import AddComment, CloseReview, RequestReview, ResolveThread, Reviews
from cowork.rooms.submissions import SourceQuery, Submissions

EXERCISE = "causal-attention"
SOURCE = b"def f():\n    return 1\n"


def refused(table: Table, by: Member, command: Command) -> str:
    with pytest.raises(Refusal) as refusal:
        table.do(by, command)
    return refusal.value.code


def may_see(table: Table, by: Member, id: str) -> bool:
    try:
        return bool(table.ask(by, SourceQuery(id))["source"] == SOURCE)
    except Refusal:
        return False


def test_a_question_is_open_to_members_and_a_solution_to_those_who_passed() -> None:
    table = Table()
    failed = table.hand_in(ANNA, EXERCISE, SOURCE, "failed")
    assert not may_see(table, BEN, failed)
    table.do(ANNA, RequestReview(failed, "Why is it wrong?"))
    assert [may_see(table, by, failed) for by in (ANNA, BEN, ORGA, GUEST)] == [True, True, True, False]
    table.hand_in(ANNA, EXERCISE, b"other")
    passed = table.hand_in(ANNA, EXERCISE, SOURCE)
    table.do(ANNA, RequestReview(passed))
    assert [may_see(table, by, passed) for by in (ANNA, BEN, ORGA)] == [True, False, True]
    assert refused(table, BEN, AddComment(passed, "Well", 1)) == "not yet"
    table.hand_in(BEN, EXERCISE, b"my own")
    assert may_see(table, BEN, passed)
    assert not may_see(table, CLEO, passed)


def test_what_waits_for_its_verdict_is_shown_when_that_is_there() -> None:
    table = Table()
    waiting = table.hand_in(ANNA, EXERCISE, SOURCE, None)
    table.do(ANNA, RequestReview(waiting))
    assert refused(table, BEN, AddComment(waiting, "Well", 1)) == "wait"


def test_threads_by_line_are_answered_and_settled() -> None:
    table = Table()
    id = table.hand_in(ANNA, EXERCISE, SOURCE, "failed")
    table.do(ANNA, RequestReview(id, "Look at line 2"))
    table.do(BEN, AddComment(id, "Why 1?", 2))
    review = table.client[Reviews].all[id]
    (thread,) = review.on(2)
    table.do(ANNA, AddComment(id, "So that it is one.", thread=thread.id))
    assert [(one.name, one.text) for one in thread.comments] == [("Ben", "Why 1?"), ("Anna", "So that it is one.")]
    assert refused(table, CLEO, ResolveThread(id, thread.id)) == "not allowed"
    table.do(ANNA, ResolveThread(id, thread.id))
    assert table.do(BEN, ResolveThread(id, thread.id)) == []
    assert (thread.resolved_by, review.open_threads()) == ("Anna", [])
    table.do(ORGA, ResolveThread(id, thread.id, False))
    assert review.open_threads() == [thread]
    table.do(BEN, ResolveThread(id, thread.id))
    table.do(CLEO, AddComment(id, "I do not think so.", thread=thread.id))
    assert review.open_threads() == [thread]
    assert table.hub == table.client


def test_a_closed_review_is_asked_for_again() -> None:
    table = Table()
    id = table.hand_in(ANNA, EXERCISE, SOURCE, "failed")
    table.do(ANNA, RequestReview(id))
    assert table.do(ANNA, RequestReview(id)) == []
    assert refused(table, BEN, CloseReview(id)) == "not allowed"
    table.do(ORGA, CloseReview(id))
    assert table.do(ANNA, CloseReview(id)) == []
    assert refused(table, BEN, AddComment(id, "Well", 1)) == "closed"
    assert table.client[Reviews].open() == []
    table.do(ANNA, RequestReview(id, "Once more"))
    table.do(BEN, AddComment(id, "Well", 1))
    assert table.client[Reviews].open() == [table.client[Reviews].all[id]]


def test_refusals() -> None:
    table = Table()
    id = table.hand_in(ANNA, EXERCISE, SOURCE, "failed")
    assert refused(table, BEN, RequestReview(id)) == "not allowed"
    assert refused(table, ANNA, RequestReview("nothing")) == "unknown"
    assert refused(table, BEN, AddComment(id, "Well", 1)) == "unknown"
    table.do(ANNA, RequestReview(id))
    assert [refused(table, BEN, AddComment(id, "Well", line)) for line in (0, 3, -1)] == ["line"] * 3
    assert refused(table, BEN, AddComment(id, " \x1b[31m ", 1)) == "text"
    assert refused(table, BEN, AddComment(id, "Well", thread=99)) == "unknown"
    assert refused(table, BEN, ResolveThread(id, 99)) == "unknown"
    for command in (RequestReview(id), AddComment(id, "Well", 1), ResolveThread(id, 1), CloseReview(id)):
        assert refused(table, GUEST, command) == "not allowed"


def test_earlier_snapshots_are_the_same_persons() -> None:
    table = Table()
    first = table.hand_in(ANNA, EXERCISE, b"1", "failed")
    table.hand_in(BEN, EXERCISE, b"1", "failed")
    table.now += 1
    second = table.hand_in(ANNA, EXERCISE, b"2", "failed")
    work = table.client[Submissions]
    assert [one.id for one in work.earlier(work.find(second))] == [first]
    assert work.earlier(work.find(first)) == []
