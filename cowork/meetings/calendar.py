"""Meetings as a calendar file (RFC 5545), which calendars take up once more when a plan changes."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from icalendar import Calendar, Event, vText

from cowork.rooms.meetings import Meeting


def calendar(meetings: Iterable[Meeting], title: str) -> bytes:
    """The file. A meeting's UID stays, its SEQUENCE grows with each change; a cancelled one says so, and is taken
    out by calendars that had it. Times are in UTC."""
    file = Calendar()
    file.add("prodid", "-//fromscratch//cowork//EN")
    file.add("version", "2.0")
    file.add("method", "PUBLISH")
    file["x-wr-calname"] = vText(title)
    for meeting in sorted(meetings, key=lambda one: one.starts):
        file.add_component(_event(meeting))
    data: bytes = file.to_ical()
    return data


def _event(meeting: Meeting) -> Event:
    begins = datetime.fromtimestamp(meeting.starts, UTC)
    changed = datetime.fromtimestamp(int(meeting.changed), UTC)
    event = Event()
    event.add("uid", f"{meeting.id}@fromscratch")
    event.add("sequence", meeting.revision)
    event.add("dtstamp", changed)
    event.add("last-modified", changed)
    event.add("dtstart", begins)
    event.add("dtend", begins + timedelta(minutes=meeting.minutes))
    event.add("summary", meeting.title)
    event.add("status", "CANCELLED" if meeting.cancelled else "CONFIRMED")
    if meeting.place:
        event.add("location", meeting.place)
    if meeting.place.startswith(("https://", "http://")) and " " not in meeting.place:
        event.add("url", meeting.place)
    if meeting.agenda:
        event["description"] = vText("\n".join(f"- {item}" for item in meeting.agenda))
    return event
