"""The dates that the learner's rooms assign, for the Course and `fromscratch list`."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import TYPE_CHECKING

from learner.due_dates import DueDate

if TYPE_CHECKING:
    from cowork.permissions import Member
    from cowork.rooms.base import Room


def room_dates(rooms: Iterable[Room], member: Member) -> dict[str, dict[str, DueDate]]:
    """Returns the dates by room and exercise; none in rooms where the member can hand nothing in."""
    from cowork.permissions import can
    from cowork.rooms.assignments import Assignments
    from cowork.rooms.submissions import HAND_IN

    return {
        room.id: {
            assignment.exercise: DueDate(assignment.due, assignment.zone, room.title)
            for assignment in room[Assignments].open()
            if can(member, HAND_IN, room.id) and _is_date(assignment.due)
        }
        for room in rooms
    }


def _is_date(text: str) -> bool:
    """Whether a date that a hub sent is one."""
    try:
        return bool(date.fromisoformat(text))
    except ValueError:
        return False
