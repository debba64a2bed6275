"""A session without a hub, whose rooms are built from real commands with a fixed clock."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from cowork.frames import MemberStatus, Person
from cowork.hub.hosting import course_rooms
from cowork.permissions import Member
from cowork.refusal import Refusal
from cowork.rooms.base import Blob, Command, ErasedBlob, Event, Query
from cowork.rooms.registry import new_room
from tests.support.tui import NOW

ANA, BEN, CY = (
    Member(name.lower(), name, role) for name, role in (("Ana", "organiser"), ("Ben", "member"), ("Cy", "member"))
)
HUB = Member("hub", "the hub", "hub")


@dataclass
class Change:
    kind: str = "room"
    room: str | None = None
    events: tuple[Any, ...] = ()
    says: str = ""


class FakeSession:
    """Implements the interface of `Session`; `by` runs commands of other members."""

    def __init__(self, member: Member = ANA) -> None:
        self.member: Member | None = member
        self.state, self.message, self.waiting = "online", "", 0
        self.cards = course_rooms()
        self.rooms = {card.id: new_room(card.id, card.title, card.month) for card in self.cards}
        self.people: dict[str, dict[str, Person]] = {card.id: {} for card in self.cards}
        self.time = NOW.timestamp()
        self.blobs: dict[str, bytes] = {}
        self.closed = asyncio.Event()
        self.saw_everything = True
        self.marked: list[dict[str, list[int]]] = []
        self.statuses: list[tuple[str, MemberStatus]] = []
        self._listeners: list[Callable[[Any], None]] = []

    def clock(self) -> float:
        return self.time

    def queued(self, room_id: str) -> list[Command]:
        return []

    def subscribe(self, listener: Callable[[Any], None]) -> Callable[[], None]:
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    def notify(self, room: str | None = None) -> None:
        for listener in self._listeners:
            listener(Change("room" if room else "state", room))

    def by(self, member: Member, command: Command, room: str = "lobby", ago: float = 0.0) -> int:
        """Runs a member's command some seconds ago; returns the number of its last event."""
        here = self.rooms[room]
        for fact in command.decide(here, member, self.time - ago):
            if isinstance(fact, Blob):
                self.blobs[fact.key] = fact.data
            elif isinstance(fact, ErasedBlob):
                self.blobs.pop(fact.key, None)
            else:
                here.apply(Event(here.seq + 1, self.time - ago, member.id, member.name, f"c{here.seq}", fact))
        self.notify(room)
        return here.seq

    def add_person(self, member: Member, status: MemberStatus | None = None) -> None:
        for people in self.people.values():
            people[member.id] = Person(member.id, member.name, member.role, status or MemberStatus())
        self.notify()

    async def run(self) -> None:
        await self.closed.wait()

    async def close(self) -> None:
        self.closed.set()

    async def enter(self, room_id: str) -> None: ...

    async def leave(self, room_id: str) -> None: ...

    async def do(self, room_id: str, command: Command) -> Any:
        assert self.member is not None
        return self.by(self.member, command, room_id)

    async def ask(self, room_id: str, question: Query) -> Any:
        assert self.member is not None
        room = self.rooms[room_id]
        question.keys(room, self.member)
        return question.answer(room, self.member, self.blobs.__getitem__)

    async def request(self, what: str, **data: Any) -> Any:
        if what == "room members":
            people, rooms = self.people["lobby"].values(), [*self.rooms]
            return [{"id": each.member, "name": each.name, "role": each.role, "rooms": rooms} for each in people]
        if what == "seen":
            return {room: [*range(1, here.seq + 1)] for room, here in self.rooms.items() if self.saw_everything}
        if what == "mark seen":
            self.marked.append(data["seqs"])
            return None
        raise Refusal("unknown", f"No {what} here.")

    def report_status(self, room_id: str, status: MemberStatus) -> None:
        self.statuses.append((room_id, status))
