"""Rooms without a network, for the tests of features."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import msgspec

from cowork.permissions import HUB, Member
from cowork.rooms.base import Blob, Command, ErasedBlob, Event, Query, Room
from cowork.rooms.meeting_state import Meeting
from cowork.rooms.meetings import Meetings, PlanMeeting
from cowork.rooms.registry import AnyCommand, AnyFact, new_room
from cowork.rooms.submissions import Graded, HandedIn, HandIn, RecordVerdict

ANNA, BEN, CLEO = (Member(name.lower(), name, "member") for name in ("Anna", "Ben", "Cleo"))
ORGA = Member("orga", "Orga", "organiser")
GUEST = Member("gus", "Gus", "guest", ("r",))
SOON = 100_000.0  # the time of the meetings that `RoomPair.plan` plans

_encode = msgspec.json.encode
_events = msgspec.json.Decoder(Event[AnyFact])
_commands = msgspec.json.Decoder(AnyCommand)


@dataclass
class RoomPair:
    """A hub's room, and a client's room that receives its events as JSON."""

    hub: Room = field(default_factory=lambda: new_room("r", "Room"))
    client: Room = field(default_factory=lambda: new_room("r", "Room"))
    now: float = 1_000.0
    blobs: dict[str, bytes] = field(default_factory=dict)
    commands: int = 0

    def do(self, by: Member, command: Command) -> list[Any]:
        """Executes a command as a hub does, and returns the facts; raises Refusal."""
        command = _commands.decode(_encode(command))
        self.commands += 1
        facts = []
        for result in command.decide(self.hub, by, self.now):
            if isinstance(result, ErasedBlob):
                self.blobs.pop(result.key, None)
                continue
            if isinstance(result, Blob):
                self.blobs[result.key] = result.data
                continue
            event = Event(self.hub.seq + 1, self.now, by.id, by.name, f"c{self.commands}", result)
            self.hub.apply(event)
            self.client.apply(_events.decode(_encode(event)))
            facts.append(result)
        return facts

    def ask(self, by: Member, query: Query) -> Any:
        keys = query.keys(self.hub, by)
        return query.answer(self.hub, by, {key: self.blobs[key] for key in keys}.__getitem__)

    def hand_in(self, by: Member, exercise: str, source: bytes, outcome: str | None = "passed", **verdict: Any) -> str:
        """Hands in a submission and records a verdict unless `outcome` is None; returns its id."""
        (fact,) = self.do(by, HandIn(exercise, source))
        assert isinstance(fact, HandedIn)
        if outcome is not None:
            self.do(HUB, RecordVerdict(Graded(fact.submission, outcome, **verdict)))
        return fact.submission

    def plan(self, **fields: Any) -> Meeting:
        """Plans a meeting as the organiser."""
        (fact,) = self.do(ORGA, PlanMeeting(SOON, **fields))
        return self.client[Meetings].all[fact.meeting]
