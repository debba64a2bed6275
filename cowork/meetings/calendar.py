"""Exports meetings as a calendar file (RFC 5545); importing it again updates meetings whose plan has changed."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from icalendar import Calendar, Event, vText

from cowork.rooms.meetings import Meeting


def calendar_file(meetings: Iterable[Meeting], title: str) -> bytes:
    """Returns the file. A meeting keeps its UID, and its SEQUENCE counts the changes. Cancelled meetings are included,
    so that calendars remove them. Times are in UTC."""
    calendar = Calendar()
    calendar.add("prodid", "-//fromscratch//cowork//EN")
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    calendar["x-wr-calname"] = vText(title)
    for meeting in sorted(meetings, key=lambda meeting: meeting.starts):
        calendar.add_component(_event(meeting))
    data: bytes = calendar.to_ical()
    return data


def _event(meeting: Meeting) -> Event:
    starts = datetime.fromtimestamp(meeting.starts, UTC)
    changed = datetime.fromtimestamp(int(meeting.changed), UTC)
    event = Event()
    event.add("uid", f"{meeting.id}@fromscratch")
    event.add("sequence", meeting.revision)
    event.add("dtstamp", changed)
    event.add("last-modified", changed)
    event.add("dtstart", starts)
    event.add("dtend", starts + timedelta(minutes=meeting.minutes))
    event.add("summary", meeting.title)
    event.add("status", "CANCELLED" if meeting.cancelled else "CONFIRMED")
    if meeting.place:
        event.add("location", meeting.place)
    if meeting.place.startswith(("https://", "http://")) and " " not in meeting.place:
        event.add("url", meeting.place)
    if meeting.agenda:
        event["description"] = vText("\n".join(f"- {item}" for item in meeting.agenda))
    return event
