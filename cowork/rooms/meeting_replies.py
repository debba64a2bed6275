"""Replies to meetings: each member replies yes, perhaps or no, to each meeting of a series by itself."""

from __future__ import annotations

from typing import Any

from cowork.permissions import EVERYBODY, Member, Right, require
from cowork.rooms.base import Command, Event, Feature, Room
from cowork.rooms.meeting_state import Comes, Meeting, Reply
from cowork.rooms.meetings import MeetingFact, open_meeting

REPLY = Right("reply", EVERYBODY)


class MeetingReplied(MeetingFact, frozen=True, tag="replied"):
    """`starts`: the time of the meeting that the member replied to. A meeting that is moved asks everybody again.
    `comes` is None once the member has left and their data is deleted."""

    comes: Comes | None
    starts: float

    def erased(self) -> MeetingReplied:
        return MeetingReplied(self.meeting, None, self.starts)

    def change(self, meeting: Meeting, event: Event[Any]) -> None:
        if self.comes is None:
            meeting.replies.pop(event.by, None)
            return
        meeting.replies[event.by] = Reply(event.name, self.comes, self.starts, event.at)


class ReplyToMeeting(Command, frozen=True, tag="reply"):
    """Tells whether the member comes. A reply replaces the member's earlier one."""

    meeting: str
    comes: Comes

    def decide(self, room: Room, by: Member, now: float) -> list[MeetingReplied]:
        require(by, REPLY, room.id)
        meeting = open_meeting(room, self.meeting)
        before = meeting.replies.get(by.id)
        if before is not None and (before.comes, before.starts) == (self.comes, meeting.starts):
            return []
        return [MeetingReplied(meeting.id, self.comes, meeting.starts)]


def describe_replies(meeting: Meeting) -> str:
    """Returns a text such as "2 come (Ann, Ben), 1 perhaps (Cleo), 1 does not (Dan)", "" without any reply."""
    yes, perhaps, no = meeting.coming("yes"), meeting.coming("perhaps"), meeting.coming("no")
    parts = [
        f"{len(names)} {words[len(names) > 1]} ({', '.join(names)})"
        for names, words in (
            (yes, ("comes", "come")), (perhaps, ("perhaps", "perhaps")), (no, ("does not", "do not")),
        ) if names
    ]  # fmt: skip
    if again := meeting.to_reply():
        parts.append(f"asked again because the meeting moved: {', '.join(again)}")
    return ", ".join(parts)


FEATURE = Feature(commands=(ReplyToMeeting,), facts=(MeetingReplied,), rights=(REPLY,))
