"""Meetings: an organiser plans them, a member presents. `live_meeting`, `meeting_series` and `meeting_replies` extend
the feature."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import msgspec

from cowork import sanitize
from cowork.permissions import MEMBERS, ORGANISERS, TAKE_BACK, Member, Right, require
from cowork.refusal import Refusal
from cowork.rooms.base import Command, Event, Fact, Feature, Page, Room, State
from cowork.rooms.meeting_state import Meeting, Participant, Series
from exercises.load import load_course

ORGANISE = Right("meeting", ORGANISERS)
PRESENT = Right("present", MEMBERS)
MAX_AGENDA_ITEMS = 30
MIN_MINUTES, MAX_MINUTES = 5, 24 * 60
MAX_SECONDS_AHEAD = 5 * 366 * 86_400
ERASED_TITLE = "Meeting"  # of a meeting whose planner left and had their data deleted
DEFAULT_AGENDA = "As every month: sum up the key insights, review code together, questions and answers."


@dataclass
class Meetings(State):
    all: dict[str, Meeting] = field(default_factory=dict)
    series: dict[str, Series] = field(default_factory=dict)

    def find(self, id: str) -> Meeting:
        """Raises Refusal("unknown")."""
        if id not in self.all:
            raise Refusal("unknown", f"There is no meeting {id[:40]!r} in this room.")
        return self.all[id]

    def of_series(self, id: str) -> list[Meeting]:
        """The meetings of a series, by their number. Raises Refusal("unknown")."""
        if id not in self.series:
            raise Refusal("unknown", f"There is no series {id[:40]!r} in this room.")
        return [meeting for meeting in self.all.values() if meeting.series == id]

    def listed(self) -> list[Meeting]:
        """The meetings that are not cancelled, by time."""
        return sorted((m for m in self.all.values() if not m.cancelled), key=lambda meeting: meeting.starts)

    def departure(self, member: str) -> list[Fact]:
        """Removes a member who leaves as the presenter of coming meetings."""
        meetings = [each for each in self.all.values() if each.presenter and each.presenter.member == member]
        return [PresenterChanged(each.id) for each in meetings if each.ended is None and not each.cancelled]

    def next(self, now: float) -> Meeting | None:
        """The meeting that goes on or comes next; if there is neither, the last one."""
        meetings = self.listed()
        coming = [m for m in meetings if (m.ended is None and now < m.starts + m.minutes * 60) or m.goes_on]
        return coming[0] if coming else meetings[-1] if meetings else None


def agenda_of(month: str | None) -> tuple[str, ...]:
    """The agenda that the course outline gives for a month, or its agenda for every meeting."""
    course = load_course()
    agenda = next((each.agenda for each in course.months if each.id == month), ())
    every = next((activity.text for activity in course.activities if activity.name == "Group"), DEFAULT_AGENDA)
    return agenda or (every.strip(),)


class MeetingFact(Fact, frozen=True):
    """A fact about one meeting."""

    meeting: str

    def apply(self, room: Room, event: Event[Any]) -> None:
        self.change(room[Meetings].all[self.meeting], event)

    def change(self, meeting: Meeting, event: Event[Any]) -> None:
        """Changes the meeting; `event` says who caused the fact, and when."""
        raise NotImplementedError


class MeetingPlanned(Fact, frozen=True, tag="meeting planned"):
    """Adds a meeting, or replaces the plan of an existing one."""

    meeting: str
    title: str
    starts: float
    minutes: int
    place: str
    agenda: tuple[str, ...]

    def erased(self) -> Fact:
        return msgspec.structs.replace(self, title=ERASED_TITLE, place="", agenda=())

    def apply(self, room: Room, event: Event[Any]) -> None:
        meeting = room[Meetings].all.get(self.meeting)
        plan = (self.title, self.starts, self.minutes, self.place, self.agenda)
        if meeting is None:
            planner = Participant(event.by, event.name)
            room[Meetings].all[self.meeting] = Meeting(self.meeting, *plan, changed=event.at, planner=planner)
            return
        meeting.title, meeting.starts, meeting.minutes, meeting.place, meeting.agenda = plan
        meeting.cancelled = False
        meeting.change_plan(event)


class MeetingCancelled(MeetingFact, frozen=True, tag="meeting cancelled"):
    def change(self, meeting: Meeting, event: Event[Any]) -> None:
        meeting.cancelled = True
        meeting.change_plan(event)


class PresenterChanged(MeetingFact, frozen=True, tag="presents"):
    """`presenter` is None when the slot is released."""

    presenter: Participant | None = None

    def without(self, member: str) -> Fact:
        return PresenterChanged(self.meeting) if self.presenter and self.presenter.member == member else self

    def change(self, meeting: Meeting, event: Event[Any]) -> None:
        meeting.presenter = self.presenter


class PlanMeeting(Command, frozen=True, tag="plan meeting"):
    """Plans a meeting, or changes the plan of `meeting`. The default agenda is the outline's."""

    starts: float
    minutes: int = 90
    place: str = ""
    title: str = ""
    agenda: tuple[str, ...] | None = None
    meeting: str | None = None

    def decide(self, room: Room, by: Member, now: float) -> Sequence[Fact]:
        require(by, ORGANISE, room.id)
        before = room[Meetings].find(self.meeting) if self.meeting is not None else None
        if before and before.ended:
            raise Refusal("over", "This meeting is over. Plan a new one.")
        check_minutes(self.minutes)
        check_time(self.starts, now)
        agenda = self.agenda if self.agenda is not None else before.agenda if before else agenda_of(room.month)
        title = self.title or (before.title if before else f"Meeting: {room.title}"[: sanitize.MAX_LINE])
        plan = MeetingPlanned(
            before.id if before else secrets.token_hex(8),
            sanitize.line(title, label="A title"),
            float(int(self.starts)),
            self.minutes,
            clean_place(self.place),
            clean_agenda(agenda),
        )
        if before and not before.cancelled:
            same = MeetingPlanned(before.id, before.title, before.starts, before.minutes, before.place, before.agenda)
            return [] if plan == same else [plan]
        return [plan]


def check_minutes(minutes: int) -> None:
    """Raises Refusal("input")."""
    if not MIN_MINUTES <= minutes <= MAX_MINUTES:
        raise Refusal("input", f"A meeting lasts {MIN_MINUTES} to {MAX_MINUTES} minutes.")


def check_time(starts: float, now: float) -> None:
    """Raises Refusal("input")."""
    if not abs(starts - now) <= MAX_SECONDS_AHEAD:
        raise Refusal("input", "A meeting can be planned at most five years from now.")


def clean_place(place: str) -> str:
    """Raises Refusal("text")."""
    return sanitize.line(place, sanitize.MAX_MESSAGE // 4, "A place") if place.strip() else ""


def clean_agenda(agenda: Sequence[str]) -> tuple[str, ...]:
    """Raises Refusal("too large") and Refusal("text")."""
    if len(agenda) > MAX_AGENDA_ITEMS:
        raise Refusal("too large", f"An agenda has at most {MAX_AGENDA_ITEMS} items.")
    return tuple(sanitize.line(item, 500, "An agenda item") for item in agenda)


class CancelMeeting(Command, frozen=True, tag="cancel meeting"):
    meeting: str

    def decide(self, room: Room, by: Member, now: float) -> list[Fact]:
        require(by, ORGANISE, room.id)
        meeting = room[Meetings].find(self.meeting)
        if meeting.started is not None:
            raise Refusal("over", "This meeting has started, so it cannot be cancelled. Close it instead.")
        return [] if meeting.cancelled else [MeetingCancelled(meeting.id)]


class ClaimPresenterSlot(Command, frozen=True, tag="present"):
    """Claims the only presenter's slot: the first member to claim it gets it."""

    lasting = False
    meeting: str

    def decide(self, room: Room, by: Member, now: float) -> list[Fact]:
        require(by, PRESENT, room.id)
        meeting = open_meeting(room, self.meeting)
        if meeting.presenter is None:
            return [PresenterChanged(meeting.id, Participant(by.id, by.name))]
        if meeting.presenter.member == by.id:
            return []
        raise Refusal(
            "taken", f"{meeting.presenter.name} is already the presenter. Ask them, or present at the next meeting."
        )


class ReleasePresenterSlot(Command, frozen=True, tag="give back"):
    """Releases the presenter's slot. Presenters release their own, organisers any."""

    lasting = False
    meeting: str

    def decide(self, room: Room, by: Member, now: float) -> list[Fact]:
        meeting = open_meeting(room, self.meeting)
        if meeting.presenter is None:
            return []
        require(by, TAKE_BACK, room.id, meeting.presenter.member)
        return [PresenterChanged(meeting.id)]


def open_meeting(room: Room, id: str) -> Meeting:
    """Returns a meeting that is neither over nor cancelled. Raises Refusal."""
    meeting = room[Meetings].find(id)
    if meeting.cancelled or meeting.ended is not None:
        raise Refusal("over", "This meeting is over, or was cancelled.")
    return meeting


FEATURE = Feature(
    state=Meetings, commands=(PlanMeeting, CancelMeeting, ClaimPresenterSlot, ReleasePresenterSlot),
    facts=(MeetingPlanned, MeetingCancelled, PresenterChanged), rights=(ORGANISE, PRESENT),
    cli="tui.cli.cowork.meeting", verbs=("meeting",),
    page=Page("meeting", "m", "Meeting", "Agenda, presenter, notes, questions, insights", "meeting:MeetingPage"),
)  # fmt: skip
