"""A room's meetings: planned by an organiser, presented by whoever claims it, with notes, questions and insights."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import msgspec

from cowork import sanitize
from cowork.permissions import Member, Thing, require
from cowork.refusal import Refusal
from cowork.rooms.base import Command, Event, Fact
from exercises.load import load_course

if TYPE_CHECKING:
    from cowork.rooms.room import Room

MAX_AGENDA_ITEMS, MAX_ENTRIES = 30, 200  # of an agenda; questions, insights of a meeting
MINUTES_RANGE = (5, 24 * 60)
MAX_SECONDS_AHEAD = 5 * 366 * 86_400  # seconds from now that a meeting may be planned ahead
DEFAULT_AGENDA = "The outline's every month: sum up the key insights, review code together, questions and answers."


class Participant(msgspec.Struct, frozen=True):
    member: str
    name: str


@dataclass
class NotesVersion:
    """The whole notes as they were from `at` on; `number` counts from 1."""

    number: int
    at: float
    by: str
    name: str
    text: str


@dataclass
class Entry:
    """A question or an insight; `seq` is its event's. `votes` are members; `answered` and `votes` are a question's."""

    seq: int
    at: float
    by: str
    name: str
    text: str
    votes: set[str] = field(default_factory=set)
    answered: bool = False


@dataclass
class Meeting:
    """`starts` in seconds since 1970, as planned; `started`, `ended` as it went. `revision` counts the changes of its
    plan, `changed` is when the last one was."""

    id: str
    title: str
    starts: float
    minutes: int
    place: str
    agenda: tuple[str, ...]
    changed: float
    revision: int = 0
    cancelled: bool = False
    presenter: Participant | None = None
    versions: list[NotesVersion] = field(default_factory=list)
    questions: dict[int, Entry] = field(default_factory=dict)
    insights: dict[int, Entry] = field(default_factory=dict)
    started: float | None = None
    ended: float | None = None
    attended: dict[str, str] = field(default_factory=dict)  # member: name

    @property
    def notes(self) -> str:
        return self.versions[-1].text if self.versions else ""

    @property
    def version(self) -> int:
        """The number of the notes' last version, 0 where nothing was written."""
        return self.versions[-1].number if self.versions else 0

    @property
    def goes_on(self) -> bool:
        return self.started is not None and self.ended is None

    def ranked(self) -> list[Entry]:
        """The questions: open ones first, by votes, then by age."""
        return sorted(self.questions.values(), key=lambda one: (one.answered, -len(one.votes), one.seq))


@dataclass
class Meetings:
    all: dict[str, Meeting] = field(default_factory=dict)

    def find(self, id: str) -> Meeting:
        if id not in self.all:
            raise Refusal("unknown", f"There is no meeting {id[:40]!r} in this room.")
        return self.all[id]

    def next(self, now: float) -> Meeting | None:
        """The one that goes on or comes next; without one, the last there was."""
        listed = sorted((one for one in self.all.values() if not one.cancelled), key=lambda one: one.starts)
        coming = [one for one in listed if (one.ended is None and now < one.starts + one.minutes * 60) or one.goes_on]
        return coming[0] if coming else listed[-1] if listed else None


def agenda_of(month: str | None) -> tuple[str, ...]:
    """What the outline says a month's meeting is about; what every meeting is about where it says nothing."""
    course = load_course()
    found = next((one.agenda for one in course.months if one.id == month), ())
    every = next((one.text for one in course.activities if one.name == "Group"), DEFAULT_AGENDA)
    return found or (every.strip(),)


class MeetingPlanned(Fact, frozen=True, tag="meeting planned"):
    """Also for a meeting that is there: its plan is this one now."""

    meeting: str
    title: str
    starts: float
    minutes: int
    place: str
    agenda: tuple[str, ...]

    def apply(self, room: Room, event: Event[Any]) -> None:
        one = room.meetings.all.get(self.meeting)
        plan = (self.title, self.starts, self.minutes, self.place, self.agenda)
        if one is None:
            room.meetings.all[self.meeting] = Meeting(self.meeting, *plan, changed=event.at)
            return
        one.title, one.starts, one.minutes, one.place, one.agenda = plan
        one.revision, one.changed, one.cancelled = one.revision + 1, event.at, False


class MeetingCancelled(Fact, frozen=True, tag="meeting cancelled"):
    meeting: str

    def apply(self, room: Room, event: Event[Any]) -> None:
        one = room.meetings.all[self.meeting]
        one.cancelled, one.changed, one.revision = True, event.at, one.revision + 1


class PresenterChanged(Fact, frozen=True, tag="presents"):
    """Who claimed to present; None: the slot is free again."""

    meeting: str
    presenter: Participant | None = None

    def apply(self, room: Room, event: Event[Any]) -> None:
        room.meetings.all[self.meeting].presenter = self.presenter


class PlanMeeting(Command, frozen=True, tag="plan meeting"):
    """Plans a meeting, or changes the plan of `meeting`. An agenda that is left out is the outline's."""

    starts: float
    minutes: int = 90
    place: str = ""
    title: str = ""
    agenda: tuple[str, ...] | None = None
    meeting: str | None = None

    def decide(self, room: Room, by: Member, now: float) -> Sequence[Fact]:
        require(by, "meeting", Thing(room.id))
        before = room.meetings.find(self.meeting) if self.meeting is not None else None
        if before and before.ended:
            raise Refusal("over", "This meeting is over. Plan another.")
        if not MINUTES_RANGE[0] <= self.minutes <= MINUTES_RANGE[1]:
            raise Refusal("input", f"A meeting lasts {MINUTES_RANGE[0]} to {MINUTES_RANGE[1]} minutes.")
        if not abs(self.starts - now) <= MAX_SECONDS_AHEAD:
            raise Refusal("input", "A meeting is planned within five years from now.")
        agenda = self.agenda if self.agenda is not None else before.agenda if before else agenda_of(room.month)
        if len(agenda) > MAX_AGENDA_ITEMS:
            raise Refusal("too large", f"An agenda has at most {MAX_AGENDA_ITEMS} items.")
        title = self.title or (before.title if before else f"Meeting: {room.title}"[: sanitize.LINE])
        plan = MeetingPlanned(
            before.id if before else secrets.token_hex(8),
            sanitize.line(title, what="A title"),
            float(int(self.starts)),
            self.minutes,
            sanitize.line(self.place, sanitize.MESSAGE // 4, "A place") if self.place.strip() else "",
            tuple(sanitize.line(item, 500, "An agenda's item") for item in agenda),
        )
        if before and not before.cancelled:
            same = MeetingPlanned(before.id, before.title, before.starts, before.minutes, before.place, before.agenda)
            return [] if plan == same else [plan]
        return [plan]


class CancelMeeting(Command, frozen=True, tag="cancel meeting"):
    meeting: str

    def decide(self, room: Room, by: Member, now: float) -> list[Fact]:
        require(by, "meeting", Thing(room.id))
        one = room.meetings.find(self.meeting)
        if one.started is not None:
            raise Refusal("over", "This meeting has begun, so it cannot be cancelled. Close it.")
        return [] if one.cancelled else [MeetingCancelled(one.id)]


class ClaimPresenterSlot(Command, frozen=True, tag="present"):
    """Claims the one presenter's slot: who comes first has it."""

    lasting = False

    meeting: str

    def decide(self, room: Room, by: Member, now: float) -> list[Fact]:
        require(by, "present", Thing(room.id))
        one = _open(room, self.meeting)
        if one.presenter is None:
            return [PresenterChanged(one.id, Participant(by.id, by.name))]
        if one.presenter.member == by.id:
            return []
        raise Refusal("taken", f"{one.presenter.name} presents already. Ask them, or take the next meeting.")


class ReleasePresenterSlot(Command, frozen=True, tag="give back"):
    """Frees the presenter's slot: one's own, or anyone's for an organiser."""

    lasting = False

    meeting: str

    def decide(self, room: Room, by: Member, now: float) -> list[Fact]:
        one = _open(room, self.meeting)
        if one.presenter is None:
            return []
        require(by, "take back", Thing(room.id, one.presenter.member))
        return [PresenterChanged(one.id)]


def _open(room: Room, id: str) -> Meeting:
    one = room.meetings.find(id)
    if one.cancelled or one.ended is not None:
        raise Refusal("over", "This meeting is over, or was cancelled.")
    return one
