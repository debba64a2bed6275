"""Meetings: plan, presenter, shared notes, questions, insights, attendance."""

import asyncio
import time
from typing import Any

import pytest

from cowork.refusal import Refusal
from cowork.rooms.live_meeting import (
    AskQuestion,
    AttendMeeting,
    CloseMeeting,
    MarkQuestion,
    NoteInsight,
    RemoveEntry,
    StartMeeting,
    Vote,
)
from cowork.rooms.meeting_notes import MAX_VERSIONS, WriteNotes
from cowork.rooms.meeting_state import Participant
from cowork.rooms.meetings import (
    CancelMeeting,
    ClaimPresenterSlot,
    Meetings,
    PlanMeeting,
    ReleasePresenterSlot,
    agenda_of,
)
from cowork.rooms.registry import new_room
from tests.support.hub import HubServer
from tests.support.rooms import ANNA, BEN, CLEO, GUEST, ORGA, SOON, RoomPair


@pytest.fixture
def pair() -> RoomPair:
    return RoomPair(new_room("r", "Attention", "month-3"), new_room("r", "Attention", "month-3"))


def refused(pair: RoomPair, by: Any, command: Any) -> Refusal:
    before = pair.hub.seq
    with pytest.raises(Refusal) as caught:
        pair.do(by, command)
    assert pair.hub.seq == before
    return caught.value


def test_the_default_agenda_is_the_outlines(pair: RoomPair, course: Any) -> None:
    month = next(each for each in course.months if each.id == "month-3")
    assert pair.plan().agenda == month.agenda
    assert pair.plan(agenda=("Only this",)).agenda == ("Only this",)
    assert "key insights" in agenda_of(None)[0]


def test_plans_change_and_are_cancelled(pair: RoomPair) -> None:
    meeting = pair.plan(place="Room 1")
    same = PlanMeeting(SOON, meeting.minutes, "Room 1", meeting=meeting.id)
    assert pair.do(ORGA, same) == []
    pair.now += 60
    pair.do(ORGA, PlanMeeting(SOON + 3600, 60, "Room 2", "Another\ntitle", meeting=meeting.id))
    assert (meeting.starts, meeting.minutes, meeting.place, meeting.title) == (
        SOON + 3600,
        60,
        "Room 2",
        "Another title",
    )
    assert (meeting.revision, meeting.changed) == (1, pair.now)
    pair.do(ORGA, CancelMeeting(meeting.id))
    assert meeting.cancelled and meeting.revision == 2
    assert pair.do(ORGA, CancelMeeting(meeting.id)) == []
    assert refused(pair, ANNA, ClaimPresenterSlot(meeting.id)).code == "over"
    assert refused(pair, ORGA, StartMeeting(meeting.id)).code == "over"
    pair.do(ORGA, PlanMeeting(SOON, meeting=meeting.id))  # planning it again revives it
    assert not meeting.cancelled and meeting.revision == 3


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
def test_invalid_plans_are_refused(pair: RoomPair, given: Any, code: str) -> None:
    assert refused(pair, ORGA, PlanMeeting(**{"starts": SOON, **given})).code == code


@pytest.mark.parametrize("by", [ANNA, GUEST])
def test_only_organisers_plan_start_and_close(pair: RoomPair, by: Any) -> None:
    meeting = pair.plan()
    for command in (PlanMeeting(SOON), CancelMeeting(meeting.id), StartMeeting(meeting.id), CloseMeeting(meeting.id)):
        assert refused(pair, by, command).code == "not allowed"


def test_the_first_to_claim_presents(pair: RoomPair) -> None:
    meeting = pair.plan()
    pair.do(ANNA, ClaimPresenterSlot(meeting.id))
    assert pair.do(ANNA, ClaimPresenterSlot(meeting.id)) == []
    late = refused(pair, BEN, ClaimPresenterSlot(meeting.id))
    assert late.code == "taken" and "Anna" in late.says
    assert refused(pair, BEN, ReleasePresenterSlot(meeting.id)).code == "not allowed"
    assert refused(pair, GUEST, ClaimPresenterSlot(meeting.id)).code == "not allowed"
    pair.do(ANNA, ReleasePresenterSlot(meeting.id))
    pair.do(BEN, ClaimPresenterSlot(meeting.id))
    assert meeting.presenter == Participant("ben", "Ben")
    pair.do(ORGA, ReleasePresenterSlot(meeting.id))
    assert meeting.presenter is None
    assert pair.do(BEN, ReleasePresenterSlot(meeting.id)) == []


async def test_of_simultaneous_claims_one_succeeds(server: HubServer) -> None:
    ledger = server.hub.ledger
    await ledger.execute(ORGA, "lobby", "plan", PlanMeeting(time.time()))
    (meeting,) = (await ledger.room("lobby"))[Meetings].all.values()
    people = (ANNA, BEN, CLEO)
    claims = [ledger.execute(by, "lobby", "claim", ClaimPresenterSlot(meeting.id)) for by in people]
    ended = await asyncio.gather(*claims, return_exceptions=True)
    refusals = [result for result in ended if isinstance(result, Refusal)]
    assert [refusal.code for refusal in refusals] == ["taken", "taken"]
    (first,) = [by for by, result in zip(people, ended, strict=True) if isinstance(result, int)]
    assert meeting.presenter == Participant(first.id, first.name)


def test_a_stale_write_is_refused_with_the_current_notes(pair: RoomPair) -> None:
    meeting = pair.plan()
    pair.do(ANNA, WriteNotes(meeting.id, 0, "Queries ask.\n"))
    stale = refused(pair, BEN, WriteNotes(meeting.id, 0, "Keys answer."))
    assert (stale.code, stale.data) == ("stale", {"version": 1, "by": "Anna", "text": "Queries ask."})
    pair.do(BEN, WriteNotes(meeting.id, stale.data["version"], stale.data["text"] + "\nKeys answer."))
    assert meeting.notes == "Queries ask.\nKeys answer."
    assert pair.do(CLEO, WriteNotes(meeting.id, 0, meeting.notes)) == []  # the same text is no conflict
    assert refused(pair, GUEST, WriteNotes(meeting.id, 2, "x")).code == "not allowed"
    assert refused(pair, ANNA, WriteNotes(meeting.id, 2, "x" * 40_001)).code == "text"
    pair.do(ANNA, WriteNotes(meeting.id, 2, ""))
    assert (meeting.notes, meeting.version) == ("", 3)


def test_only_the_last_versions_are_kept(pair: RoomPair) -> None:
    meeting = pair.plan()
    for number in range(MAX_VERSIONS + 5):
        pair.do(ANNA, WriteNotes(meeting.id, number, f"version {number + 1}"))
    assert [version.number for version in meeting.versions] == list(range(6, MAX_VERSIONS + 6))


def test_notes_lose_control_characters(pair: RoomPair) -> None:
    meeting = pair.plan()
    pair.do(ANNA, WriteNotes(meeting.id, 0, "a\x1b[31mb\u202e\r\nc"))
    assert meeting.notes == "ab\nc"


def test_each_member_has_one_vote(pair: RoomPair) -> None:
    meeting = pair.plan()
    pair.do(GUEST, AskQuestion(meeting.id, "Why divide by the root?"))
    pair.do(ANNA, AskQuestion(meeting.id, "Why softmax?"))
    first, second = meeting.questions
    pair.do(BEN, Vote(meeting.id, second))
    assert pair.do(BEN, Vote(meeting.id, second)) == []
    pair.do(GUEST, Vote(meeting.id, second))
    assert [question.seq for question in meeting.ranked()] == [second, first]
    pair.do(BEN, Vote(meeting.id, second, False))
    assert meeting.questions[second].votes == {"gus"}
    assert refused(pair, BEN, Vote(meeting.id, 999)).code == "unknown"
    assert refused(pair, BEN, MarkQuestion(meeting.id, first)).code == "not allowed"
    pair.do(BEN, ClaimPresenterSlot(meeting.id))
    pair.do(BEN, MarkQuestion(meeting.id, second))  # as the presenter
    pair.do(ANNA, MarkQuestion(meeting.id, second, False))  # as the author
    pair.do(ORGA, MarkQuestion(meeting.id, second))
    assert [question.seq for question in meeting.ranked()] == [first, second]


def test_insights_and_questions_are_removed_by_their_owner(pair: RoomPair) -> None:
    meeting = pair.plan()
    pair.do(ANNA, NoteInsight(meeting.id, "Softmax sums to 1."))
    (insight,) = meeting.insights
    assert refused(pair, BEN, RemoveEntry(meeting.id, insight)).code == "not allowed"
    assert refused(pair, GUEST, NoteInsight(meeting.id, "x")).code == "not allowed"
    assert refused(pair, BEN, NoteInsight(meeting.id, " ")).code == "text"
    pair.do(ANNA, RemoveEntry(meeting.id, insight))
    assert pair.do(ANNA, RemoveEntry(meeting.id, insight)) == []
    pair.do(BEN, AskQuestion(meeting.id, "Why?"))
    pair.do(ORGA, RemoveEntry(meeting.id, next(iter(meeting.questions))))
    assert not meeting.insights and not meeting.questions


def test_attendance(pair: RoomPair) -> None:
    meeting = pair.plan()
    assert refused(pair, ANNA, AttendMeeting(meeting.id)).code == "early"
    assert refused(pair, ORGA, CloseMeeting(meeting.id)).code == "early"
    pair.do(ORGA, StartMeeting(meeting.id, (Participant("ben", "Ben\x1b[0m"),)))
    assert pair.do(ORGA, StartMeeting(meeting.id)) == []
    assert refused(pair, ORGA, CancelMeeting(meeting.id)).code == "over"
    pair.do(GUEST, AttendMeeting(meeting.id))
    assert pair.do(BEN, AttendMeeting(meeting.id)) == []
    assert meeting.attended == {"ben": "Ben", "gus": "Gus"}
    pair.now += 3600
    pair.do(ORGA, CloseMeeting(meeting.id))
    assert (meeting.started, meeting.ended) == (1_000.0, pair.now)
    assert refused(pair, ANNA, AttendMeeting(meeting.id)).code == "early"
    assert refused(pair, ORGA, PlanMeeting(SOON, meeting=meeting.id)).code == "over"


def test_the_next_meeting(pair: RoomPair) -> None:
    assert pair.client[Meetings].next(0) is None
    early, late = pair.plan(), pair.plan(minutes=30)
    pair.do(ORGA, PlanMeeting(SOON + 86_400, 30, meeting=late.id))
    assert pair.client[Meetings].next(SOON) is early
    assert pair.client[Meetings].next(SOON + 86_400) is late
    assert pair.client[Meetings].next(SOON * 10) is late  # the last meeting, which is over
    pair.do(ORGA, StartMeeting(early.id))
    assert pair.client[Meetings].next(SOON + 86_400) is early  # still going on
    pair.do(ORGA, CancelMeeting(late.id))
    assert pair.client[Meetings].next(SOON * 10) is early
