"""A room: all that is remembered of it, made of its events and nothing else."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from cowork.rooms.base import Event, Job
from cowork.rooms.break_it import Attempts
from cowork.rooms.chat import Chat
from cowork.rooms.meetings import Meetings
from cowork.rooms.reactions import Reactions
from cowork.rooms.review import Reviews
from cowork.rooms.submissions import Submissions
from cowork.rooms.timer import Timer


class Gap(ValueError):
    """An event came out of order: some before it are missing."""


@dataclass
class Room:
    """`month`: the course's month that the room is about, if it is. `seq`: the last event applied."""

    id: str
    title: str
    month: str | None = None
    seq: int = 0
    chat: Chat = field(default_factory=Chat)
    work: Submissions = field(default_factory=Submissions)
    timer: Timer | None = None
    reactions: Reactions = field(default_factory=Reactions)
    reviews: Reviews = field(default_factory=Reviews)
    breaks: Attempts = field(default_factory=Attempts)
    meetings: Meetings = field(default_factory=Meetings)

    def apply(self, event: Event[Any]) -> bool:
        """Takes in the next event; False for one that it has already. Raises Gap where events are missing."""
        if event.seq <= self.seq:
            return False
        if event.seq != self.seq + 1:
            raise Gap(f"{self.id}: event {event.seq} after {self.seq}")
        event.fact.apply(self, event)
        self.seq = event.seq
        return True

    def jobs(self) -> list[Job]:
        """What the hub still has to do here, oldest first: it takes this up again when it starts."""
        grades = [Job("grade", self.id, submission.id) for submission in self.work.waiting()]
        return [*grades, *(Job("break", self.id, attempt.id) for attempt in self.breaks.waiting())]
