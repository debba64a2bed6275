"""Assignments: dates in the room's time zone, changed and withdrawn; one reminder the day before, whatever happens."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import Any

import pytest

from cowork.hub.ledger import Ledger
from cowork.hub.reminders import ReminderSender
from cowork.permissions import Member
from cowork.refusal import Refusal
from cowork.rooms.assignments import AssignExercises, Assignments, WithdrawAssignments, days_left
from cowork.rooms.base import Event, Room
from cowork.rooms.board import build_board
from cowork.rooms.meetings import PlanMeeting
from cowork.rooms.registry import new_room
from cowork.rooms.reminders import AssignmentsReminded, MeetingReminded, SendReminders
from tests.support.rooms import ANNA, BEN, GUEST, ORGA, RoomPair
from tests.support.stores import room_store

BERLIN = "Europe/Berlin"
SOFTMAX, NORM = "stable-softmax", "layer-norm"


def moment(text: str) -> float:
    """A time in UTC, in seconds since 1970."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()


@pytest.fixture
def pair() -> RoomPair:
    return RoomPair(now=moment("2026-11-20T12:00"))


def assign(pair: RoomPair, due: str, *exercises: str, zone: str = BERLIN) -> list[Any]:
    return pair.do(ORGA, AssignExercises(exercises or (SOFTMAX,), due, zone))


def test_the_date_is_a_day_in_the_rooms_time_zone(pair: RoomPair) -> None:
    assign(pair, "2026-11-26", SOFTMAX, NORM)
    first, second = pair.client[Assignments].open()
    assert (first.exercise, second.exercise, first.due, first.zone) == (SOFTMAX, NORM, "2026-11-26", BERLIN)
    assert first.ends == moment("2026-11-26T23:00"), "midnight in Berlin, in winter"
    assert first.remind_at == moment("2026-11-25T08:00"), "9:00 in Berlin on the day before"
    assert days_left(first, moment("2026-11-25T22:59")) == 1
    assert days_left(first, moment("2026-11-25T23:00")) == 0, "the day begins in Berlin"
    assert days_left(first, moment("2026-11-26T23:00")) == -1
    assert pair.do(ORGA, AssignExercises((NORM,), "2026-11-27"))[0].zone == BERLIN, "the room keeps its zone"


def test_a_date_is_changed_and_withdrawn(pair: RoomPair) -> None:
    assign(pair, "2026-11-26", SOFTMAX, NORM)
    assert assign(pair, "2026-11-26", SOFTMAX) == [], "nothing changes"
    (fact,) = assign(pair, "2026-12-01", SOFTMAX, NORM)
    assert fact.exercises == (SOFTMAX, NORM)
    changed = pair.client[Assignments].of(SOFTMAX)
    assert changed is not None and (changed.due, changed.previous) == ("2026-12-01", "2026-11-26")
    pair.do(ORGA, WithdrawAssignments((SOFTMAX,)))
    assert pair.do(ORGA, WithdrawAssignments((SOFTMAX,))) == []
    assert [each.exercise for each in pair.client[Assignments].open()] == [NORM]
    again = assign(pair, "2026-12-02", SOFTMAX)
    assert again and pair.client[Assignments].all[SOFTMAX].previous == "", "assigned anew"


@pytest.mark.parametrize(
    ("command", "code", "says"),
    [
        (AssignExercises((SOFTMAX,), "2026-11-19", BERLIN), "date", "2026-11-19 is in the past"),
        (AssignExercises((SOFTMAX,), "26.11.2026", BERLIN), "date", "YYYY-MM-DD"),
        (AssignExercises((SOFTMAX,), "2036-11-19", BERLIN), "date", "five years"),
        (AssignExercises((SOFTMAX,), "2026-11-26", "Mars/Crater"), "input", "'Mars/Crater' is not a time zone"),
        (AssignExercises((SOFTMAX,), "2026-11-26", "../etc/passwd"), "input", "is not a time zone"),
        (AssignExercises(("no-such",), "2026-11-26", BERLIN), "unknown", "no exercise 'no-such'"),
        (AssignExercises((), "2026-11-26", BERLIN), "input", "1 to 200"),
        (WithdrawAssignments((NORM,)), "unknown", "not assigned in Room"),
    ],
)
def test_what_cannot_be_assigned_says_why(pair: RoomPair, command: Any, code: str, says: str) -> None:
    with pytest.raises(Refusal, match=says) as refused:
        pair.do(ORGA, command)
    assert refused.value.code == code
    for member in (ANNA, GUEST):
        with pytest.raises(Refusal, match="Only an organiser"):
            pair.do(member, command)


def test_the_board_counts_assignments_also_those_of_other_months(pair: RoomPair) -> None:
    elsewhere = RoomPair(new_room("m", "Month", "month-3"), new_room("m", "Month", "month-3"), now=pair.now)
    assign(pair, "2026-11-26", SOFTMAX, NORM)
    pair.hand_in(ANNA, SOFTMAX, b"x = 1")
    elsewhere.hand_in(ANNA, NORM, b"x = 1")
    elsewhere.hand_in(BEN, NORM, b"x = 2", "failed")
    board = build_board(pair.client, {"ben": "Ben"}, elsewhere=[pair.client, elsewhere.client])
    counts = {row.name: (row.assigned_passed, board.assigned) for row in board.rows}
    assert counts == {"Anna": (2, 2), "Ben": (0, 2)}
    assert {(each.id, each.due, each.zone) for each in board.exercises} == {
        (SOFTMAX, "2026-11-26", BERLIN), (NORM, "2026-11-26", BERLIN)
    }  # fmt: skip
    norm = [each.id for each in board.exercises].index(NORM)
    assert board.rows[0].cells[norm].submission is None, "it is read in its own room"
    assert not any(each.due for each in build_board(pair.client, month="month-2").exercises), "a month that is named"


def test_one_reminder_the_day_before(pair: RoomPair) -> None:
    assign(pair, "2026-11-26", SOFTMAX, NORM)
    assign(pair, "2026-11-30", "causal-attention")
    hub = Member("hub", "the hub", "hub")
    for at in ("2026-11-20T12:00", "2026-11-25T07:59"):
        pair.now = moment(at)
        assert pair.do(hub, SendReminders()) == []
    pair.now = moment("2026-11-25T08:00")
    assert pair.do(hub, SendReminders()) == [AssignmentsReminded((SOFTMAX, NORM), "2026-11-26")]
    assert pair.do(hub, SendReminders()) == []
    assign(pair, "2026-11-28", SOFTMAX)  # a new date has a reminder of its own
    pair.do(ORGA, WithdrawAssignments(("causal-attention",)))
    pair.now = moment("2026-11-27T20:00")
    assert pair.do(hub, SendReminders()) == [AssignmentsReminded((SOFTMAX,), "2026-11-28")]
    pair.now = moment("2026-12-09T00:00")
    assert pair.do(hub, SendReminders()) == [], "nothing is left, and nothing is sent late"
    with pytest.raises(Refusal):
        pair.do(ORGA, SendReminders())


async def test_a_reminder_is_sent_once_by_two_hubs_and_after_a_restart(location: str) -> None:
    """Two hubs over one store, at the same time, then a third that starts later; over SQLite and PostgreSQL."""
    now = moment("2026-11-20T12:00")
    sent: list[Any] = []

    def on_events(room: Room, events: list[Event[Any]], own: bool) -> None:
        sent.extend(event.fact for event in events if own)

    async with room_store(location) as one, room_store(location) as two:
        hubs = [Ledger(store, on_events, lambda: now) for store in (one, two)]
        senders = [ReminderSender(hub, hub._store, lambda: now) for hub in hubs]
        await hubs[0].execute(ORGA, "r", "c1", AssignExercises((SOFTMAX,), "2026-11-26", BERLIN))
        await hubs[0].execute(ORGA, "r", "c2", PlanMeeting(moment("2026-11-26T08:30")))
        await hubs[1].catch_up("r")
        await asyncio.gather(*(sender.send() for sender in senders))
        sent.clear()
        now = moment("2026-11-25T08:45")
        await asyncio.gather(*(sender.send() for sender in senders * 3))
        later = Ledger(one, on_events, lambda: now)
        await ReminderSender(later, one, lambda: now).send()
        assert [type(fact) for fact in sent] == [AssignmentsReminded, MeetingReminded]
        stored = [event.fact for event in await two.events("r", 0, 100)]
        assert sum(isinstance(fact, AssignmentsReminded) for fact in stored) == 1
        for ledger in (*hubs, later):
            await ledger.close()
