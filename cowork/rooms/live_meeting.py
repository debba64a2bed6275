"""A meeting as it is held: begun, attended, written down, closed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cowork import sanitize
from cowork.permissions import Member, Thing, require
from cowork.refusal import Refusal
from cowork.rooms.base import Command, Event, Fact
from cowork.rooms.meetings import NotesVersion, Participant

if TYPE_CHECKING:
    from cowork.rooms.room import Room

MAX_VERSIONS = 20  # versions of the notes
MAX_PARTICIPANTS = 1_000  # people at most


class NotesWritten(Fact, frozen=True, tag="wrote"):
    meeting: str
    text: str

    def apply(self, room: Room, event: Event[Any]) -> None:
        one = room.meetings.all[self.meeting]
        one.versions.append(NotesVersion(one.version + 1, event.at, event.by, event.name, self.text))
        del one.versions[:-MAX_VERSIONS]


class MeetingStarted(Fact, frozen=True, tag="meeting began"):
    meeting: str
    present: tuple[Participant, ...] = ()

    def apply(self, room: Room, event: Event[Any]) -> None:
        one = room.meetings.all[self.meeting]
        one.started, one.ended = event.at if one.started is None else one.started, None
        for who in self.present:
            one.attended.setdefault(who.member, who.name)


class MeetingClosed(Fact, frozen=True, tag="meeting closed"):
    meeting: str

    def apply(self, room: Room, event: Event[Any]) -> None:
        room.meetings.all[self.meeting].ended = event.at


class MemberAttended(Fact, frozen=True, tag="attended"):
    meeting: str

    def apply(self, room: Room, event: Event[Any]) -> None:
        room.meetings.all[self.meeting].attended[event.by] = event.name


class WriteNotes(Command, frozen=True, tag="write"):
    """The whole notes anew, made from version `base`. Refused ("stale") where somebody wrote since; the refusal's
    data are the notes as they are: {"version", "by", "text"}."""

    lasting = False  # what is written without a connection stays with its writer, who merges it

    meeting: str
    base: int
    text: str

    def decide(self, room: Room, by: Member, now: float) -> list[Fact]:
        require(by, "note", Thing(room.id))
        one = room.meetings.find(self.meeting)
        cleaned = sanitize.plain(sanitize.bounded(self.text, sanitize.PAGE, "A page of notes")).rstrip()
        if len(cleaned) > sanitize.PAGE:
            raise Refusal("text", f"Notes have at most {sanitize.PAGE} characters; these have {len(cleaned)}.")
        if cleaned == one.notes:
            return []
        if self.base != one.version:
            last = one.versions[-1] if one.versions else None
            name = last.name if last else "Nobody"
            now_there = {"version": one.version, "by": name, "text": one.notes}
            raise Refusal("stale", f"{name} has changed the notes meanwhile. Merge yours with theirs.", now_there)
        return [NotesWritten(one.id, cleaned)]


class StartMeeting(Command, frozen=True, tag="start meeting"):
    """Begins it, or goes on with one that was closed; `present` are those whom the organiser sees in the room."""

    lasting = False

    meeting: str
    present: tuple[Participant, ...] = ()

    def decide(self, room: Room, by: Member, now: float) -> list[Fact]:
        require(by, "meeting", Thing(room.id))
        one = room.meetings.find(self.meeting)
        if one.cancelled:
            raise Refusal("over", "This meeting was cancelled. Plan it anew.")
        if len(self.present) > MAX_PARTICIPANTS:
            raise Refusal("too large", f"At most {MAX_PARTICIPANTS} people are present.")
        if one.goes_on:
            return []
        seen = tuple(
            Participant(who.member[:64], sanitize.line(who.name, sanitize.NAME, "A name")) for who in self.present
        )
        return [MeetingStarted(one.id, seen)]


class CloseMeeting(Command, frozen=True, tag="close meeting"):
    lasting = False
    meeting: str

    def decide(self, room: Room, by: Member, now: float) -> list[Fact]:
        require(by, "meeting", Thing(room.id))
        one = room.meetings.find(self.meeting)
        if one.started is None:
            raise Refusal("early", "This meeting has not begun.")
        return [] if one.ended is not None else [MeetingClosed(one.id)]


class AttendMeeting(Command, frozen=True, tag="attend"):
    """ "I am here", while the meeting goes on."""

    lasting = False

    meeting: str

    def decide(self, room: Room, by: Member, now: float) -> list[Fact]:
        require(by, "enter", Thing(room.id))
        one = room.meetings.find(self.meeting)
        if not one.goes_on:
            raise Refusal("early", "This meeting does not go on now.")
        return [] if by.id in one.attended else [MemberAttended(one.id)]
