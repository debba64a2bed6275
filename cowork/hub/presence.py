"""The people in each room, over all hubs.

Clients are sent changes only, a few times a second. Hubs repeat their members to each other, and forget those of a
hub that has stopped doing so.
"""

from __future__ import annotations

import asyncio
import secrets
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

import msgspec

from cowork.frames import MemberStatus, Person, Present, encode
from cowork.hub.fanout import SendQueue
from cowork.hub.websocket_protocol import binary_frame
from cowork.permissions import Member

UPDATE_INTERVAL = 0.25  # seconds between two frames to a room's clients
HEARTBEAT_INTERVAL = 5.0  # seconds after which a hub repeats its members to the other hubs
EXPIRY = 16.0  # seconds after which another hub's members are forgotten
MAX_PIECE = 6_000  # bytes of JSON in one notification between hubs

CHANNEL = "presence"


class HubPresence(msgspec.Struct, frozen=True, omit_defaults=True):
    """A notification to the other hubs. `all`: replaces what the hub sent before."""

    hub: str
    room: str
    people: list[Person]
    all: bool = False


_decoder = msgspec.json.Decoder(HubPresence)


@dataclass
class _RoomPresence:
    """`local`: a person for each connection here; `remote`: (hub, member) to a person and when it was received;
    `shown` and `announced`: as last sent to clients and to other hubs, by member."""

    local: dict[SendQueue, Person] = field(default_factory=dict)
    remote: dict[tuple[str, str], tuple[Person, float]] = field(default_factory=dict)
    shown: dict[str, Person] = field(default_factory=dict)
    announced: dict[str, Person] = field(default_factory=dict)
    timer: asyncio.TimerHandle | None = None
    updated_at: float = 0.0


class Presence:
    """`publish` sends a notification to all hubs, this one included. `run` must run at the same time."""

    def __init__(self, publish: Callable[[str, str], Awaitable[None]]) -> None:
        self._publish = publish
        self._hub = secrets.token_hex(8)
        self._rooms: dict[str, _RoomPresence] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    def enter(self, queue: SendQueue, room: str, member: Member) -> None:
        """Sends a client everybody in the room, and from now on the changes."""
        presence = self._rooms.setdefault(room, _RoomPresence())
        presence.local[queue] = Person(member.id, member.name, member.role, MemberStatus())
        self._schedule(room, presence)
        queue.put(encode(Present(room, list((presence.shown | self._people(presence)).values()), all=True)))

    def change(self, queue: SendQueue, room: str, **changes: Any) -> None:
        """Changes the `name`, the `role` or the status (`here`) of a connection's person."""
        presence = self._rooms.get(room)
        if presence is not None and queue in presence.local:
            presence.local[queue] = msgspec.structs.replace(presence.local[queue], **changes)
            self._schedule(room, presence)

    def leave(self, queue: SendQueue, room: str) -> None:
        presence = self._rooms.get(room)
        if presence is not None and presence.local.pop(queue, None) is not None:
            self._schedule(room, presence)

    def people(self, room: str) -> list[Person]:
        presence = self._rooms.get(room)
        return list(self._people(presence).values()) if presence else []

    def on_notification(self, payload: str) -> None:
        """Takes in another hub's members."""
        try:
            message = _decoder.decode(payload)
        except msgspec.ValidationError:
            return  # from a hub of a different version
        if message.hub == self._hub:
            return
        presence = self._rooms.setdefault(message.room, _RoomPresence())
        if message.all:
            for key in [key for key in presence.remote if key[0] == message.hub]:
                del presence.remote[key]
        for person in message.people:
            if person.here is None:
                presence.remote.pop((message.hub, person.member), None)
            else:
                presence.remote[(message.hub, person.member)] = (person, time.monotonic())
        self._schedule(message.room, presence)

    async def run(self) -> None:
        """Repeats this hub's members to the other hubs, and forgets members that have expired."""
        while True:
            await asyncio.sleep(HEARTBEAT_INTERVAL)
            expired = time.monotonic() - EXPIRY
            for room, presence in list(self._rooms.items()):
                for key in [key for key, (_, received_at) in presence.remote.items() if received_at < expired]:
                    del presence.remote[key]
                    self._schedule(room, presence)
                if presence.local:
                    await self._announce(room, list(self._local_people(presence).values()), all=True)
                elif not presence.remote and presence.timer is None:
                    del self._rooms[room]

    @staticmethod
    def _local_people(presence: _RoomPresence) -> dict[str, Person]:
        """People by member; of a member's devices, one that is at an exercise."""
        people: dict[str, Person] = {}
        for person in presence.local.values():
            other = people.get(person.member)
            if other is None or other.here == MemberStatus():
                people[person.member] = person
        return people

    def _people(self, presence: _RoomPresence) -> dict[str, Person]:
        return {person.member: person for person, _ in presence.remote.values()} | self._local_people(presence)

    def _schedule(self, room: str, presence: _RoomPresence) -> None:
        if presence.timer is None:
            loop = asyncio.get_running_loop()
            at = max(loop.time(), presence.updated_at + UPDATE_INTERVAL)
            presence.timer = loop.call_at(at, self._update, room, presence)

    def _update(self, room: str, presence: _RoomPresence) -> None:
        presence.timer, presence.updated_at = None, asyncio.get_running_loop().time()
        people, local = self._people(presence), self._local_people(presence)
        if changes := _changes(presence.shown, people):
            presence.shown = people
            frame = binary_frame(encode(Present(room, changes)))
            for queue in list(presence.local):
                queue.put_frame(frame)
        if changes := _changes(presence.announced, local):
            presence.announced = local
            task = asyncio.create_task(self._announce(room, changes))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _announce(self, room: str, people: list[Person], all: bool = False) -> None:
        """Sends people to the other hubs, in as many notifications as needed."""
        piece: list[Person] = []
        size = 0
        for person in people:
            length = len(encode(person)) + 1
            if piece and size + length > MAX_PIECE:
                await self._publish(CHANNEL, encode(HubPresence(self._hub, room, piece, all)).decode())
                piece, size, all = [], 0, False
            piece.append(person)
            size += length
        await self._publish(CHANNEL, encode(HubPresence(self._hub, room, piece, all)).decode())


def _changes(before: dict[str, Person], now: dict[str, Person]) -> list[Person]:
    """Returns the difference from `before`; people who left have `here=None`."""
    left = [msgspec.structs.replace(person, here=None) for member, person in before.items() if member not in now]
    return left + [person for member, person in now.items() if before.get(member) != person]
