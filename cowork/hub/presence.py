"""Who is in a room, over all hubs: changes only, a few times a second, forgotten when nobody vouches for it."""

from __future__ import annotations

import asyncio
import secrets
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

import msgspec

from cowork.frames import MemberStatus, Person, Present, encode
from cowork.hub.fanout import SendQueue
from cowork.hub.websocket_protocol import binary_frame
from cowork.permissions import Member

EVERY = 0.25  # seconds between two frames of a room
VOUCH = 5.0  # seconds: how often a hub repeats to the others who is with it
EXPIRES = 16.0  # seconds after which what another hub said is forgotten
PIECE = 6_000  # bytes of JSON that hubs tell each other at once

CHANNEL = "presence"


class Told(msgspec.Struct, frozen=True, omit_defaults=True):
    """What a hub tells the others. `all`: it begins anew with this piece."""

    hub: str
    room: str
    people: list[Person]
    all: bool = False


_told = msgspec.json.Decoder(Told)


@dataclass
class _Room:
    """`here`: a line's person; `afar`: (hub, member) to a person and when that was heard; `shown`: as last sent."""

    here: dict[SendQueue, Person] = field(default_factory=dict)
    afar: dict[tuple[str, str], tuple[Person, float]] = field(default_factory=dict)
    shown: dict[str, Person] = field(default_factory=dict)
    vouched: dict[str, Person] = field(default_factory=dict)
    due: asyncio.TimerHandle | None = None
    last: float = 0.0


class Presence:
    """`publish` carries a text to all hubs, this one too. `run` must run beside it."""

    def __init__(self, publish: Callable[[str, str], Awaitable[None]]) -> None:
        self._publish = publish
        self._hub = secrets.token_hex(8)
        self._rooms: dict[str, _Room] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    def enter(self, line: SendQueue, room: str, member: Member) -> None:
        """Sends the line who is there; from here on, it hears of changes."""
        there = self._rooms.setdefault(room, _Room())
        there.here[line] = Person(member.id, member.name, member.role, MemberStatus())
        self._due(room, there)
        line.put(encode(Present(room, list((there.shown | self._now(there)).values()), all=True)))

    def here(self, line: SendQueue, room: str, here: MemberStatus) -> None:
        there = self._rooms.get(room)
        if there is not None and line in there.here:
            there.here[line] = msgspec.structs.replace(there.here[line], here=here)
            self._due(room, there)

    def became(self, line: SendQueue, room: str, member: Member) -> None:
        """The same person, with another name or role."""
        there = self._rooms.get(room)
        if there is not None and line in there.here:
            there.here[line] = Person(member.id, member.name, member.role, there.here[line].here)
            self._due(room, there)

    def leave(self, line: SendQueue, room: str) -> None:
        there = self._rooms.get(room)
        if there is not None and there.here.pop(line, None) is not None:
            self._due(room, there)

    def people(self, room: str) -> list[Person]:
        there = self._rooms.get(room)
        return list(self._now(there).values()) if there else []

    def heard(self, payload: str) -> None:
        """What a hub has told."""
        try:
            told = _told.decode(payload)
        except msgspec.ValidationError:
            return  # from a hub of another version
        if told.hub == self._hub:
            return
        there = self._rooms.setdefault(told.room, _Room())
        if told.all:
            for key in [key for key in there.afar if key[0] == told.hub]:
                del there.afar[key]
        for person in told.people:
            if person.here is None:
                there.afar.pop((told.hub, person.member), None)
            else:
                there.afar[(told.hub, person.member)] = (person, time.monotonic())
        self._due(told.room, there)

    async def run(self) -> None:
        """Tells the other hubs again and again who is here, and forgets those of whom none speaks."""
        while True:
            await asyncio.sleep(VOUCH)
            old = time.monotonic() - EXPIRES
            for room, there in list(self._rooms.items()):
                for key in [key for key, (_, at) in there.afar.items() if at < old]:
                    del there.afar[key]
                    self._due(room, there)
                if there.here:
                    await self._tell(room, list(self._own(there).values()), all=True)
                elif not there.afar and there.due is None:
                    del self._rooms[room]

    @staticmethod
    def _own(there: _Room) -> dict[str, Person]:
        """By member; of several devices, the one that is at an exercise speaks."""
        own: dict[str, Person] = {}
        for person in there.here.values():
            before = own.get(person.member)
            if before is None or before.here == MemberStatus():
                own[person.member] = person
        return own

    def _now(self, there: _Room) -> dict[str, Person]:
        return {person.member: person for person, _ in there.afar.values()} | self._own(there)

    def _due(self, room: str, there: _Room) -> None:
        if there.due is None:
            loop = asyncio.get_running_loop()
            there.due = loop.call_at(max(loop.time(), there.last + EVERY), self._show, room, there)

    def _show(self, room: str, there: _Room) -> None:
        there.due, there.last = None, asyncio.get_running_loop().time()
        now, own = self._now(there), self._own(there)
        if changed := _changes(there.shown, now):
            there.shown = now
            frame = binary_frame(encode(Present(room, changed)))
            for line in list(there.here):
                line.put_frame(frame)
        if told := _changes(there.vouched, own):
            there.vouched = own
            task = asyncio.create_task(self._tell(room, told))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _tell(self, room: str, people: list[Person], all: bool = False) -> None:
        piece: list[Person] = []
        size = 0
        for person in people:
            length = len(encode(person)) + 1
            if piece and size + length > PIECE:
                await self._publish(CHANNEL, encode(Told(self._hub, room, piece, all)).decode())
                piece, size, all = [], 0, False
            piece.append(person)
            size += length
        await self._publish(CHANNEL, encode(Told(self._hub, room, piece, all)).decode())


def _changes(before: dict[str, Person], now: dict[str, Person]) -> list[Person]:
    """What somebody who knows `before` has to hear; who left is without a `here`."""
    left = [msgspec.structs.replace(person, here=None) for member, person in before.items() if member not in now]
    return left + [person for member, person in now.items() if before.get(member) != person]
