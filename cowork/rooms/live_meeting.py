"""A meeting while it goes on: start, attendance, shared notes, end."""

from __future__ import annotations

from typing import Any

from cowork import sanitize
from cowork.permissions import ENTER, MEMBERS, Member, Right, require
from cowork.refusal import Refusal
from cowork.rooms.base import Command, Event, Fact, Feature, Room
from cowork.rooms.meetings import ORGANISE, Meetings, NotesVersion, Participant
from learner.plain_text import plain

WRITE_NOTES = Right("note", MEMBERS)
MAX_VERSIONS = 20  # of the notes
MAX_PARTICIPANTS = 1_000


class NotesWritten(Fact, frozen=True, tag="wrote"):
    meeting: str
    text: str

    def apply(self, room: Room, event: Event[Any]) -> None:
        meeting = room[Meetings].all[self.meeting]
        version = NotesVersion(meeting.version + 1, event.at, event.by, event.name, self.text)
        meeting.versions.append(version)
        del meeting.versions[:-MAX_VERSIONS]


class MeetingStarted(Fact, frozen=True, tag="meeting began"):
    meeting: str
    present: tuple[Participant, ...] = ()

    def apply(self, room: Room, event: Event[Any]) -> None:
        meeting = room[Meetings].all[self.meeting]
        meeting.started, meeting.ended = event.at if meeting.started is None else meeting.started, None
        for participant in self.present:
            meeting.attended.setdefault(participant.member, participant.name)


class MeetingClosed(Fact, frozen=True, tag="meeting closed"):
    meeting: str

    def apply(self, room: Room, event: Event[Any]) -> None:
        room[Meetings].all[self.meeting].ended = event.at


class MemberAttended(Fact, frozen=True, tag="attended"):
    meeting: str

    def apply(self, room: Room, event: Event[Any]) -> None:
        room[Meetings].all[self.meeting].attended[event.by] = event.name


class WriteNotes(Command, frozen=True, tag="write"):
    """Replaces the notes; `text` was edited from version `base`. Refused ("stale") if the notes have changed since;
    the refusal's data are the current notes: {"version", "by", "text"}."""

    lasting = False  # text that was written offline stays with its author, who merges it

    meeting: str
    base: int
    text: str

    def decide(self, room: Room, by: Member, now: float) -> list[Fact]:
        require(by, WRITE_NOTES, room.id)
        meeting = room[Meetings].find(self.meeting)
        text = plain(sanitize.check_length(self.text, sanitize.MAX_PAGE, "A page of notes")).rstrip()
        if len(text) > sanitize.MAX_PAGE:
            raise Refusal("text", f"Notes have at most {sanitize.MAX_PAGE} characters; these have {len(text)}.")
        if text == meeting.notes:
            return []
        if self.base != meeting.version:
            name = meeting.versions[-1].name if meeting.versions else "Nobody"
            current = {"version": meeting.version, "by": name, "text": meeting.notes}
            raise Refusal("stale", f"{name} has changed the notes meanwhile. Merge your text with theirs.", current)
        return [NotesWritten(meeting.id, text)]


class StartMeeting(Command, frozen=True, tag="start meeting"):
    """Starts a meeting, or reopens a closed one; `present` are the people whom the organiser sees in the room."""

    lasting = False

    meeting: str
    present: tuple[Participant, ...] = ()

    def decide(self, room: Room, by: Member, now: float) -> list[Fact]:
        require(by, ORGANISE, room.id)
        meeting = room[Meetings].find(self.meeting)
        if meeting.cancelled:
            raise Refusal("over", "This meeting was cancelled. Plan it again first.")
        if len(self.present) > MAX_PARTICIPANTS:
            raise Refusal("too large", f"A meeting has at most {MAX_PARTICIPANTS} participants.")
        if meeting.goes_on:
            return []
        present = tuple(
            Participant(person.member[:64], sanitize.line(person.name, sanitize.MAX_NAME, "A name"))
            for person in self.present
        )
        return [MeetingStarted(meeting.id, present)]


class CloseMeeting(Command, frozen=True, tag="close meeting"):
    lasting = False
    meeting: str

    def decide(self, room: Room, by: Member, now: float) -> list[Fact]:
        require(by, ORGANISE, room.id)
        meeting = room[Meetings].find(self.meeting)
        if meeting.started is None:
            raise Refusal("early", "This meeting has not started.")
        return [] if meeting.ended is not None else [MeetingClosed(meeting.id)]


class AttendMeeting(Command, frozen=True, tag="attend"):
    """Records the member as present while the meeting goes on."""

    lasting = False

    meeting: str

    def decide(self, room: Room, by: Member, now: float) -> list[Fact]:
        require(by, ENTER, room.id)
        meeting = room[Meetings].find(self.meeting)
        if not meeting.goes_on:
            raise Refusal("early", "This meeting is not going on now.")
        return [] if by.id in meeting.attended else [MemberAttended(meeting.id)]


FEATURE = Feature(
    commands=(StartMeeting, CloseMeeting, AttendMeeting, WriteNotes),
    facts=(MeetingStarted, MeetingClosed, MemberAttended, NotesWritten),
    rights=(WRITE_NOTES,),
)
