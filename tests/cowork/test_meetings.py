"""A month's meeting: its plan, one presenter, notes of several hands, questions, insights."""

import asyncio
import time
from typing import Any

import pytest
from hub_kit import Running
from rooms_kit import ANNA, BEN, CLEO, GUEST, ORGA, SOON, Table

from cowork.refusal import Refusal
from cowork.rooms.live_meeting import MAX_VERSIONS, AttendMeeting, CloseMeeting, StartMeeting, WriteNotes
from cowork.rooms.meetings import (
    CancelMeeting,
    ClaimPresenterSlot,
    Meetings,
    Participant,
    PlanMeeting,
    ReleasePresenterSlot,
    agenda_of,
)
from cowork.rooms.questions import AskQuestion, MarkQuestion, NoteInsight, RemoveEntry, Vote
from cowork.rooms.registry import new_room


@pytest.fixture
def table() -> Table:
    return Table(new_room("r", "Attention", "month-3"), new_room("r", "Attention", "month-3"))


def refused(table: Table, by: Any, command: Any) -> Refusal:
    before = table.hub.seq
    with pytest.raises(Refusal) as caught:
        table.do(by, command)
    assert table.hub.seq == before
    return caught.value


def test_the_agenda_is_the_outlines(table: Table, course: Any) -> None:
    month = next(one for one in course.months if one.id == "month-3")
    assert table.plan().agenda == month.agenda
    assert table.plan(agenda=("Only this",)).agenda == ("Only this",)
    assert "key insights" in agenda_of(None)[0]


def test_a_plan_changes_and_is_cancelled(table: Table) -> None:
    one = table.plan(place="Room 1")
    same = PlanMeeting(SOON, one.minutes, "Room 1", meeting=one.id)
    assert table.do(ORGA, same) == []
    table.now += 60
    table.do(ORGA, PlanMeeting(SOON + 3600, 60, "Room 2", "Another\ntitle", meeting=one.id))
    assert (one.starts, one.minutes, one.place, one.title) == (SOON + 3600, 60, "Room 2", "Another title")
    assert (one.revision, one.changed) == (1, table.now)
    table.do(ORGA, CancelMeeting(one.id))
    assert one.cancelled and one.revision == 2
    assert table.do(ORGA, CancelMeeting(one.id)) == []
    assert refused(table, ANNA, ClaimPresenterSlot(one.id)).code == "over"
    assert refused(table, ORGA, StartMeeting(one.id)).code == "over"
    table.do(ORGA, PlanMeeting(SOON, meeting=one.id))  # takes place after all
    assert not one.cancelled and one.revision == 3


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"minutes": 4}, "input"),
        ({"minutes": 10**6}, "input"),
        ({"starts": 1e15}, "input"),
        ({"agenda": ("x",) * 31}, "too large"),
        ({"agenda": (" ",)}, "text"),
        ({"title": "x" * 201}, "text"),
        ({"meeting": "none"}, "unknown"),
    ],
)
def test_what_is_no_plan_is_refused(table: Table, given: Any, code: str) -> None:
    assert refused(table, ORGA, PlanMeeting(**{"starts": SOON, **given})).code == code


@pytest.mark.parametrize("by", [ANNA, GUEST])
def test_only_organisers_plan_start_and_close(table: Table, by: Any) -> None:
    one = table.plan()
    for command in (PlanMeeting(SOON), CancelMeeting(one.id), StartMeeting(one.id), CloseMeeting(one.id)):
        assert refused(table, by, command).code == "not allowed"


def test_who_claims_first_presents(table: Table) -> None:
    one = table.plan()
    table.do(ANNA, ClaimPresenterSlot(one.id))
    assert table.do(ANNA, ClaimPresenterSlot(one.id)) == []
    late = refused(table, BEN, ClaimPresenterSlot(one.id))
    assert late.code == "taken" and "Anna" in late.says
    assert refused(table, BEN, ReleasePresenterSlot(one.id)).code == "not allowed"
    assert refused(table, GUEST, ClaimPresenterSlot(one.id)).code == "not allowed"
    table.do(ANNA, ReleasePresenterSlot(one.id))
    table.do(BEN, ClaimPresenterSlot(one.id))
    assert one.presenter == Participant("ben", "Ben")
    table.do(ORGA, ReleasePresenterSlot(one.id))
    assert one.presenter is None
    assert table.do(BEN, ReleasePresenterSlot(one.id)) == []


async def test_of_two_who_claim_at_once_one_presents(running: Running) -> None:
    ledger = running.hub.ledger
    await ledger.execute(ORGA, "lobby", "plan", PlanMeeting(time.time()))
    (one,) = (await ledger.room("lobby"))[Meetings].all.values()
    people = (ANNA, BEN, CLEO)
    claims = [ledger.execute(by, "lobby", "claim", ClaimPresenterSlot(one.id)) for by in people]
    ended = await asyncio.gather(*claims, return_exceptions=True)
    refusals = [result for result in ended if isinstance(result, Refusal)]
    assert [refusal.code for refusal in refusals] == ["taken", "taken"]
    (first,) = [by for by, result in zip(people, ended, strict=True) if isinstance(result, int)]
    assert one.presenter == Participant(first.id, first.name)


def test_a_stale_write_is_refused_with_what_is_there(table: Table) -> None:
    one = table.plan()
    table.do(ANNA, WriteNotes(one.id, 0, "Queries ask.\n"))
    stale = refused(table, BEN, WriteNotes(one.id, 0, "Keys answer."))
    assert (stale.code, stale.data) == ("stale", {"version": 1, "by": "Anna", "text": "Queries ask."})
    table.do(BEN, WriteNotes(one.id, stale.data["version"], stale.data["text"] + "\nKeys answer."))
    assert one.notes == "Queries ask.\nKeys answer."
    assert table.do(CLEO, WriteNotes(one.id, 0, one.notes)) == []  # the same text is no conflict
    assert refused(table, GUEST, WriteNotes(one.id, 2, "x")).code == "not allowed"
    assert refused(table, ANNA, WriteNotes(one.id, 2, "x" * 40_001)).code == "text"
    table.do(ANNA, WriteNotes(one.id, 2, ""))
    assert (one.notes, one.version) == ("", 3)


def test_of_versions_the_last_are_kept(table: Table) -> None:
    one = table.plan()
    for number in range(MAX_VERSIONS + 5):
        table.do(ANNA, WriteNotes(one.id, number, f"version {number + 1}"))
    assert [version.number for version in one.versions] == list(range(6, MAX_VERSIONS + 6))


def test_notes_lose_what_a_terminal_would_obey(table: Table) -> None:
    one = table.plan()
    table.do(ANNA, WriteNotes(one.id, 0, "a\x1b[31mb\u202e\r\nc"))
    assert one.notes == "ab\nc"


def test_a_question_has_one_vote_of_each(table: Table) -> None:
    one = table.plan()
    table.do(GUEST, AskQuestion(one.id, "Why divide by the root?"))
    table.do(ANNA, AskQuestion(one.id, "Why softmax?"))
    first, second = one.questions
    table.do(BEN, Vote(one.id, second))
    assert table.do(BEN, Vote(one.id, second)) == []
    table.do(GUEST, Vote(one.id, second))
    assert [line.seq for line in one.ranked()] == [second, first]
    table.do(BEN, Vote(one.id, second, False))
    assert one.questions[second].votes == {"gus"}
    assert refused(table, BEN, Vote(one.id, 999)).code == "unknown"
    assert refused(table, BEN, MarkQuestion(one.id, first)).code == "not allowed"
    table.do(BEN, ClaimPresenterSlot(one.id))
    table.do(BEN, MarkQuestion(one.id, second))  # who presents may
    table.do(ANNA, MarkQuestion(one.id, second, False))  # and who asked
    table.do(ORGA, MarkQuestion(one.id, second))
    assert [line.seq for line in one.ranked()] == [first, second]


def test_insights_and_questions_are_removed_by_their_owner(table: Table) -> None:
    one = table.plan()
    table.do(ANNA, NoteInsight(one.id, "Softmax sums to 1."))
    (insight,) = one.insights
    assert refused(table, BEN, RemoveEntry(one.id, insight)).code == "not allowed"
    assert refused(table, GUEST, NoteInsight(one.id, "x")).code == "not allowed"
    assert refused(table, BEN, NoteInsight(one.id, " ")).code == "text"
    table.do(ANNA, RemoveEntry(one.id, insight))
    assert table.do(ANNA, RemoveEntry(one.id, insight)) == []
    table.do(BEN, AskQuestion(one.id, "Why?"))
    table.do(ORGA, RemoveEntry(one.id, next(iter(one.questions))))
    assert not one.insights and not one.questions


def test_who_was_there(table: Table) -> None:
    one = table.plan()
    assert refused(table, ANNA, AttendMeeting(one.id)).code == "early"
    assert refused(table, ORGA, CloseMeeting(one.id)).code == "early"
    table.do(ORGA, StartMeeting(one.id, (Participant("ben", "Ben\x1b[0m"),)))
    assert table.do(ORGA, StartMeeting(one.id)) == []
    assert refused(table, ORGA, CancelMeeting(one.id)).code == "over"
    table.do(GUEST, AttendMeeting(one.id))
    assert table.do(BEN, AttendMeeting(one.id)) == []
    assert one.attended == {"ben": "Ben", "gus": "Gus"}
    table.now += 3600
    table.do(ORGA, CloseMeeting(one.id))
    assert (one.started, one.ended) == (1_000.0, table.now)
    assert refused(table, ANNA, AttendMeeting(one.id)).code == "early"
    assert refused(table, ORGA, PlanMeeting(SOON, meeting=one.id)).code == "over"


def test_the_next_meeting(table: Table) -> None:
    assert table.client[Meetings].next(0) is None
    early, late = table.plan(), table.plan(minutes=30)
    table.do(ORGA, PlanMeeting(SOON + 86_400, 30, meeting=late.id))
    assert table.client[Meetings].next(SOON) is early
    assert table.client[Meetings].next(SOON + 86_400) is late
    assert table.client[Meetings].next(SOON * 10) is late  # over: the last one
    table.do(ORGA, StartMeeting(early.id))
    assert table.client[Meetings].next(SOON + 86_400) is early  # goes on still
    table.do(ORGA, CancelMeeting(late.id))
    assert table.client[Meetings].next(SOON * 10) is early
