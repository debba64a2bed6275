"""Exports a room's meetings as a calendar file (RFC 5545), which updates the meetings when it is imported again.

A series is one event with a rule in its time zone (RRULE). Its cancelled meetings are exceptions (EXDATE), and those
that differ from the rule, or have replies, are events with the same UID and a RECURRENCE-ID. People have no addresses
here, so that attendees are URNs, and the file has no METHOD: with one, calendars would want to send replies by mail.
"""

from __future__ import annotations

import uuid
from collections.abc import Collection
from datetime import UTC, datetime, timedelta, tzinfo

from icalendar import Calendar, Event, vCalAddress, vText

from cowork.rooms.meeting_replies import describe_replies
from cowork.rooms.meeting_state import Meeting, Participant, Series
from cowork.rooms.meetings import Meetings
from cowork.rooms.recurrence import WEEKDAYS, Rule
from cowork.time_zones import find_zone

PARTSTAT = {"yes": "ACCEPTED", "perhaps": "TENTATIVE", "no": "DECLINED"}
NAMESPACE = uuid.uuid5(uuid.NAMESPACE_URL, "https://fromscratch.invalid/members")


def calendar_file(state: Meetings, title: str, only: Collection[str] | None = None) -> bytes:
    """Returns the file of a room's meetings, or of those with the ids `only`; a series is always complete.

    A meeting and a series keep their UID, and their SEQUENCE counts the changes of the plan. Cancelled meetings are
    included, so that calendars remove them.
    """
    calendar = Calendar()
    calendar.add("prodid", "-//fromscratch//cowork//EN")
    calendar.add("version", "2.0")
    calendar["x-wr-calname"] = vText(title)
    kept = [meeting for meeting in state.all.values() if only is None or meeting.id in only]
    for series in dict.fromkeys(meeting.series for meeting in kept if meeting.series):
        for event in _series_events(state.series[series], state.of_series(series)):
            calendar.add_component(event)
    for meeting in sorted(kept, key=lambda meeting: meeting.starts):
        if not meeting.series:
            calendar.add_component(_meeting_event(meeting, meeting.revision, _changed(meeting), UTC))
    starts = [meeting.starts for meeting in state.all.values()]
    if starts:
        day = timedelta(days=1)
        first, last = (datetime.fromtimestamp(at, UTC).date() for at in (min(starts), max(starts)))
        calendar.add_missing_timezones(first - 400 * day, last + 400 * day)
    data: bytes = calendar.to_ical()
    return data


def _series_events(series: Series, meetings: list[Meeting]) -> list[Event]:
    """The event of the series, and those of the meetings that differ from its rule."""
    zone = find_zone(series.zone)
    sequence = sum(meeting.revision for meeting in meetings)
    changed = max(_changed(meeting) for meeting in meetings)
    first = meetings[0]
    event = _event(f"{series.id}@fromscratch", sequence, changed, series.title)
    _add_time(event, first.original, series.minutes, zone)
    event.add("rrule", recurrence_rule(series.rule, len(meetings)))
    cancelled = [meeting for meeting in meetings if meeting.cancelled]
    event.add("status", "CANCELLED" if len(cancelled) == len(meetings) else "CONFIRMED")
    _add_place(event, series.place)
    _add_description(event, series.agenda, "")
    _add_planner(event, first.planner)
    events = [event]
    if len(cancelled) < len(meetings):
        for meeting in cancelled:
            event.add("exdate", datetime.fromtimestamp(meeting.original, zone))
        events += [
            _meeting_event(meeting, sequence, changed, zone, recurrence_of=series)
            for meeting in meetings if not meeting.cancelled and not _follows(meeting, series)
        ]  # fmt: skip
    return events


def _follows(meeting: Meeting, series: Series) -> bool:
    """Whether the event of the series says everything about this meeting."""
    return not meeting.replies and (
        (meeting.starts, meeting.title, meeting.minutes, meeting.place, meeting.agenda)
        == (meeting.original, series.title, series.minutes, series.place, series.agenda)
    )


def _meeting_event(
    meeting: Meeting, sequence: int, changed: float, zone: tzinfo, recurrence_of: Series | None = None
) -> Event:
    uid = recurrence_of.id if recurrence_of is not None else meeting.id
    event = _event(f"{uid}@fromscratch", sequence, changed, meeting.title)
    if recurrence_of is not None:
        event.add("recurrence-id", datetime.fromtimestamp(meeting.original, zone))
    _add_time(event, meeting.starts, meeting.minutes, zone)
    event.add("status", "CANCELLED" if meeting.cancelled else "CONFIRMED")
    _add_place(event, meeting.place)
    _add_description(event, meeting.agenda, describe_replies(meeting))
    if meeting.replies:
        _add_planner(event, meeting.planner)
    for member, reply in meeting.replies.items():
        attendee = _person(member, reply.name)
        attendee.params["PARTSTAT"] = PARTSTAT[reply.comes] if reply.starts == meeting.starts else "NEEDS-ACTION"
        event.add("attendee", attendee)
    return event


def recurrence_rule(rule: Rule, count: int) -> dict[str, object]:
    """Returns the parts of the RRULE of `count` meetings."""
    if rule.weeks:
        return {"FREQ": "WEEKLY", "INTERVAL": rule.weeks, "COUNT": count}
    if rule.nth:
        return {"FREQ": "MONTHLY", "BYDAY": f"{rule.nth}{WEEKDAYS[rule.weekday][:2].upper()}", "COUNT": count}
    return {"FREQ": "MONTHLY", "BYMONTHDAY": rule.day, "COUNT": count}


def _changed(meeting: Meeting) -> float:
    """The time of the last change of the plan, or of the last reply."""
    return max([meeting.changed, *(reply.at for reply in meeting.replies.values())])


def _event(uid: str, sequence: int, changed: float, title: str) -> Event:
    event = Event()
    event.add("uid", uid)
    event.add("sequence", sequence)
    for name in ("dtstamp", "last-modified"):
        event.add(name, datetime.fromtimestamp(int(changed), UTC))
    event.add("summary", title)
    return event


def _add_time(event: Event, starts: float, minutes: int, zone: tzinfo) -> None:
    event.add("dtstart", datetime.fromtimestamp(starts, zone))
    event.add("dtend", datetime.fromtimestamp(starts + 60 * minutes, zone))


def _add_place(event: Event, place: str) -> None:
    if place:
        event.add("location", place)
    if place.startswith(("https://", "http://")) and " " not in place:
        event.add("url", place)


def _add_description(event: Event, agenda: Collection[str], replies: str) -> None:
    lines = [f"- {item}" for item in agenda] + ["", f"{replies}."] * bool(replies)
    if lines:
        event["description"] = vText("\n".join(lines).strip("\n"))


def _add_planner(event: Event, planner: Participant | None) -> None:
    if planner is not None:
        event.add("organizer", _person(planner.member, planner.name))


def _person(member: str, name: str) -> vCalAddress:
    """Someone who has no address: a URN that follows from the member's id."""
    person = vCalAddress(uuid.uuid5(NAMESPACE, member).urn)
    person.params["CN"] = name
    return person
