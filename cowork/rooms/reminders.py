"""Reminders: the hub reminds a room of assignments that are due the next day, and of meetings within a day.

The hub sends `SendReminders` from time to time. Since a reminder is an event of the room, it happens exactly once, also
after a restart and with several hubs over one database.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from cowork.permissions import RECORD, Member, require
from cowork.rooms.assignments import Assignment, Assignments
from cowork.rooms.base import Command, Event, Fact, Feature, Room, State
from cowork.rooms.meeting_state import Meeting
from cowork.rooms.meetings import Meetings

MEETING_NOTICE = 86_400.0  # seconds before a meeting


@dataclass(frozen=True)
class MeetingReminder:
    """The reminder of a meeting that starts at `starts`; `seq`: its event."""

    starts: float
    seq: int
    at: float


@dataclass
class Reminders(State):
    meetings: dict[str, MeetingReminder] = field(default_factory=dict)

    def of(self, meeting: Meeting) -> MeetingReminder | None:
        """The reminder of the meeting at its present time."""
        reminder = self.meetings.get(meeting.id)
        return reminder if reminder is not None and reminder.starts == meeting.starts else None


class AssignmentsReminded(Fact, frozen=True, tag="reminded of assignments"):
    exercises: tuple[str, ...]
    due: str

    def apply(self, room: Room, event: Event[Any]) -> None:
        for exercise in self.exercises:
            assignment = room[Assignments].all[exercise]
            assignment.reminded, assignment.reminded_at = event.seq, event.at


class MeetingReminded(Fact, frozen=True, tag="reminded of a meeting"):
    meeting: str
    starts: float

    def apply(self, room: Room, event: Event[Any]) -> None:
        room[Reminders].meetings[self.meeting] = MeetingReminder(self.starts, event.seq, event.at)


class SendReminders(Command, frozen=True, tag="remind"):
    """Sends the reminders that are due and were not sent before. Only the hub sends it."""

    def decide(self, room: Room, by: Member, now: float) -> Sequence[Fact]:
        require(by, RECORD, room.id)
        by_date: dict[str, list[str]] = {}
        for assignment in due_assignments(room, now):
            by_date.setdefault(assignment.due, []).append(assignment.exercise)
        assignments = [AssignmentsReminded(tuple(exercises), due) for due, exercises in by_date.items()]
        meetings = [MeetingReminded(meeting.id, meeting.starts) for meeting in due_meetings(room, now)]
        return [*assignments, *meetings]


def due_assignments(room: Room, now: float) -> list[Assignment]:
    """The assignments of which the room has to be reminded."""
    return [assignment for assignment in room[Assignments].open() if assignment.needs_reminder(now)]


def due_meetings(room: Room, now: float) -> list[Meeting]:
    """The meetings of which the room has to be reminded."""
    return [
        meeting
        for meeting in room[Meetings].all.values()
        if not meeting.cancelled
        and meeting.started is None
        and meeting.starts - MEETING_NOTICE <= now < meeting.starts
        and room[Reminders].of(meeting) is None
    ]


FEATURE = Feature(
    state=Reminders, commands=(SendReminders,), facts=(AssignmentsReminded, MeetingReminded)
)  # fmt: skip
