"""Calendar files, read back with icalendar and, for the rules, with dateutil."""

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from dateutil.rrule import rrulestr
from hypothesis import given, settings
from hypothesis import strategies as st
from icalendar import Calendar, Event

from cowork.meeting_calendar import calendar_file
from cowork.refusal import Refusal
from cowork.rooms.meeting_replies import ReplyToMeeting
from cowork.rooms.meeting_series import ChangeSeries, CutSeries, PlanSeries
from cowork.rooms.meeting_state import Meeting
from cowork.rooms.meetings import CancelMeeting, Meetings, PlanMeeting
from cowork.rooms.recurrence import parse_rule
from cowork.rooms.registry import new_room
from tests.support.rooms import ANNA, BEN, CLEO, ORGA, SOON, RoomPair

BERLIN = ZoneInfo("Europe/Berlin")
NOW = datetime(2026, 9, 1, tzinfo=UTC).timestamp()


@pytest.fixture
def pair() -> RoomPair:
    return RoomPair(new_room("r", "Attention", "month-3"), new_room("r", "Attention", "month-3"))


def test_a_calendar_follows_the_plan(pair: RoomPair) -> None:
    meeting = pair.plan(place="https://meet.example/x;y,z", title="Attention; all, of it")

    def event() -> Any:
        (component,) = Calendar.from_ical(calendar_file(pair.client[Meetings], "Attention")).walk("VEVENT")
        return component

    first = event()
    assert first.decoded("dtstart") == datetime.fromtimestamp(SOON, UTC)
    assert first.decoded("dtend") - first.decoded("dtstart") == timedelta(minutes=90)
    assert (first["summary"], first["location"]) == ("Attention; all, of it", "https://meet.example/x;y,z")
    assert all(item in first["description"] for item in meeting.agenda)
    assert (first["sequence"], first["status"]) == (0, "CONFIRMED")
    pair.now += 60
    pair.do(ORGA, PlanMeeting(SOON + 60, meeting=meeting.id))
    pair.do(ORGA, CancelMeeting(meeting.id))
    last = event()
    assert last["uid"] == first["uid"]
    assert (last["sequence"], last["status"]) == (2, "CANCELLED")
    assert last.decoded("dtstamp") == first.decoded("dtstamp") + timedelta(seconds=60)


@settings(max_examples=50, deadline=None)
@given(st.text(max_size=60), st.text(max_size=60))
def test_any_text_stays_within_its_event(title: str, place: str) -> None:
    pair = RoomPair()
    try:
        meeting = pair.plan(title=title, place=place, agenda=(title,) if title else ())
    except Refusal:
        return
    (event,) = Calendar.from_ical(calendar_file(pair.client[Meetings], title)).walk("VEVENT")
    assert event["summary"] == meeting.title
    assert str(event.get("location", "")) == meeting.place


def plan_series(pair: RoomPair, rule: str = "first thursday", times: int = 5, **fields: Any) -> list[Meeting]:
    pair.now = NOW
    command = PlanSeries(parse_rule(rule), "2026-09-15T18:30", "Europe/Berlin", times, **fields)
    (fact,) = pair.do(ORGA, command)
    return pair.client[Meetings].of_series(fact.series)


def read_back(pair: RoomPair) -> tuple[Event, dict[datetime, Event], set[datetime]]:
    """The event of the series; the meetings that differ, by their RECURRENCE-ID; and the times that a calendar shows:
    those of the rule without the exceptions, each moved to where its own event is."""
    calendar = Calendar.from_ical(calendar_file(pair.client[Meetings], "Owls"))
    events = calendar.walk("VEVENT")
    (master,) = [event for event in events if "RRULE" in event]
    others = {event.decoded("recurrence-id"): event for event in events if "RECURRENCE-ID" in event}
    assert {event["uid"] for event in events} == {master["uid"]}
    assert {event["sequence"] for event in events} == {master["sequence"]}
    start = master.decoded("dtstart")
    assert start.tzinfo.key == "Europe/Berlin" and calendar.walk("VTIMEZONE")[0]["tzid"] == "Europe/Berlin"
    rule = rrulestr(master["rrule"].to_ical().decode(), dtstart=start.replace(tzinfo=None))
    times = {each.replace(tzinfo=BERLIN) for each in rule}
    exceptions = master.get("exdate", [])
    for exception in exceptions if isinstance(exceptions, list) else [exceptions]:
        times -= {each.dt for each in exception.dts}
    return master, others, {others[time].decoded("dtstart") if time in others else time for time in times}


def planned_times(meetings: list[Meeting]) -> set[datetime]:
    return {datetime.fromtimestamp(meeting.starts, BERLIN) for meeting in meetings if not meeting.cancelled}


@pytest.mark.parametrize(
    "rule", ["first thursday", "last friday", "day 15", "last day", "every week", "3 weeks", "4th mon"]
)
def test_the_rule_in_the_file_gives_the_times_of_the_meetings(pair: RoomPair, rule: str) -> None:
    meetings = plan_series(pair, rule, 30)
    _, others, times = read_back(pair)
    assert times == planned_times(meetings) and len(times) == 30 and not others
    assert {f"{time:%H:%M}" for time in times} == {"18:30"}
    assert len({time.utcoffset() for time in times}) == 2  # summer and winter


def test_single_meetings_are_moved_and_cancelled(pair: RoomPair) -> None:
    meetings = plan_series(pair)
    first, second, third, *_ = meetings
    master, others, _ = read_back(pair)
    assert (master["sequence"], others) == (0, {})
    pair.now += 60
    pair.do(ORGA, PlanMeeting(second.starts + 86_400, 60, "Room 2", meeting=second.id))
    pair.do(ORGA, CancelMeeting(third.id))
    moved, others, times = read_back(pair)
    assert moved["uid"] == master["uid"] and moved["sequence"] == 2
    assert moved.decoded("dtstamp") == datetime.fromtimestamp(NOW + 60, UTC)
    assert times == planned_times(meetings) and len(times) == 4
    (event,) = others.values()
    assert event.decoded("recurrence-id") == datetime.fromtimestamp(second.original, BERLIN)
    assert (event["location"], event.decoded("dtend") - event.decoded("dtstart")) == ("Room 2", timedelta(hours=1))
    pair.do(ORGA, PlanMeeting(third.starts, meeting=third.id))  # is held after all
    assert read_back(pair)[0]["sequence"] == 3 and len(read_back(pair)[2]) == 5
    pair.do(ORGA, ChangeSeries(third.id, 45, "https://meet.example/new"))
    master, others, times = read_back(pair)
    assert (master["location"], master["url"]) == ("https://meet.example/new", "https://meet.example/new")
    assert [str(others[time].get("location", "")) for time in sorted(others)] == ["", "Room 2"]
    pair.do(ORGA, CutSeries(first.id))
    (event,) = Calendar.from_ical(calendar_file(pair.client[Meetings], "Owls")).walk("VEVENT")
    assert (event["status"], event["uid"]) == ("CANCELLED", master["uid"]) and "EXDATE" not in event


def test_replies_are_attendees_without_an_address(pair: RoomPair) -> None:
    meetings = plan_series(pair)
    for by, comes in ((ANNA, "yes"), (BEN, "no"), (CLEO, "perhaps")):
        pair.do(by, ReplyToMeeting(meetings[1].id, comes))
    _, others, times = read_back(pair)
    assert len(times) == 5
    (event,) = others.values()
    states = {attendee.params["CN"]: attendee.params["PARTSTAT"] for attendee in event["attendee"]}
    assert states == {"Anna": "ACCEPTED", "Ben": "DECLINED", "Cleo": "TENTATIVE"}
    addresses = [str(person) for person in (*event["attendee"], event["organizer"])]
    assert len(set(addresses)) == 4 and all(address.startswith("urn:uuid:") for address in addresses)
    assert "1 comes (Anna), 1 perhaps (Cleo), 1 does not (Ben)." in event["description"]
    data = calendar_file(pair.client[Meetings], "Owls")
    assert b"mailto" not in data.lower() and b"METHOD" not in data
    pair.do(ORGA, PlanMeeting(meetings[1].starts + 60, meeting=meetings[1].id))
    pair.do(BEN, ReplyToMeeting(meetings[1].id, "yes"))
    (event,) = read_back(pair)[1].values()
    states = {attendee.params["CN"]: attendee.params["PARTSTAT"] for attendee in event["attendee"]}
    assert states == {"Anna": "NEEDS-ACTION", "Ben": "ACCEPTED", "Cleo": "NEEDS-ACTION"}


def test_a_file_of_some_meetings_has_their_whole_series(pair: RoomPair) -> None:
    single = pair.plan()
    meetings = plan_series(pair)
    data = calendar_file(pair.client[Meetings], "Owls", {meetings[3].id})
    (event,) = Calendar.from_ical(data).walk("VEVENT")
    assert event["rrule"]["COUNT"] == [5]
    (event,) = Calendar.from_ical(calendar_file(pair.client[Meetings], "Owls", {single.id})).walk("VEVENT")
    assert event["uid"] == f"{single.id}@fromscratch"
