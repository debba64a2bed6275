"""The shared notes of a meeting: versions that members save one after the other, and can take back."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from cowork import sanitize
from cowork.permissions import MEMBERS, TAKE_BACK, Member, Right, require
from cowork.refusal import Refusal
from cowork.rooms.base import Command, Event, Fact, Feature, Room
from cowork.rooms.meeting_state import Meeting, NotesVersion
from cowork.rooms.meetings import MeetingFact, Meetings
from learner.plain_text import plain

WRITE_NOTES = Right("note", MEMBERS)
MAX_VERSIONS = 20  # whose texts are kept


class NotesWritten(MeetingFact, frozen=True, tag="wrote"):
    """`removed`: the text was erased, and the version before stands."""

    text: str
    removed: bool = False

    def erased(self) -> Fact:
        return NotesWritten(self.meeting, "", True)

    def change(self, meeting: Meeting, event: Event[Any]) -> None:
        text = meeting.notes if self.removed else self.text
        number = meeting.version + 1
        version = NotesVersion(number, event.at, event.by, event.name, text, event.seq, self.removed)
        meeting.versions.append(version)
        for old in meeting.versions[:-MAX_VERSIONS]:
            old.text = ""
            meeting.older.append(old)
        del meeting.versions[:-MAX_VERSIONS]


class NotesRemoved(MeetingFact, frozen=True, tag="notes taken back"):
    """A version of the notes was taken back; `version`: the seq of its event."""

    version: int

    def erases(self) -> Sequence[int]:
        return (self.version,)

    def change(self, meeting: Meeting, event: Event[Any]) -> None:
        before = ""
        for version in (*meeting.older, *meeting.versions):
            if version.seq == self.version:
                version.text, version.removed = before, True
            elif version.removed:
                version.text = before
            before = version.text


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


class RemoveNotes(Command, frozen=True, tag="take back notes"):
    """Removes a version of the notes for good, by its number; if it is the last one, the version before stands again.
    Members remove their own versions, organisers any."""

    meeting: str
    version: int

    def decide(self, room: Room, by: Member, now: float) -> list[Fact]:
        meeting = room[Meetings].find(self.meeting)
        version = next((each for each in (*meeting.older, *meeting.versions) if each.number == self.version), None)
        if version is None:
            raise Refusal("unknown", f"The notes have no version {self.version}.")
        require(by, TAKE_BACK, room.id, version.by)
        return [] if version.removed else [NotesRemoved(meeting.id, version.seq)]


FEATURE = Feature(commands=(WriteNotes, RemoveNotes), facts=(NotesWritten, NotesRemoved), rights=(WRITE_NOTES,))
