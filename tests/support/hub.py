"""A running hub, and a peer that speaks the protocol frame by frame, without a client's automatic replies."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import socket
import time
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import websockets

from cowork import certificates, frames, invites, keys
from cowork.frames import RoomCard
from cowork.hub.hosting import serving
from cowork.hub.hub import Hub
from cowork.permissions import Member, Role
from cowork.rooms.base import Command, Event
from cowork.store.open_store import open_store
from tests.support.waiting import TIMEOUT

T = TypeVar("T")


@dataclass
class Peer:
    """A connection that is signed in. `received` has the frames that `until` skipped."""

    socket: websockets.ClientConnection
    key: keys.DeviceKey
    member: Member
    rooms: list[str]
    received: list[frames.FromHub] = field(default_factory=list)
    events: dict[str, list[Event[Any]]] = field(default_factory=dict)
    ids: Any = field(default_factory=itertools.count)

    async def send(self, frame: Any) -> None:
        await self.socket.send(frames.encode(frame))

    async def next(self) -> frames.FromHub:
        frame = frames.from_hub.decode(await asyncio.wait_for(self.socket.recv(), TIMEOUT))
        if isinstance(frame, frames.Events):
            self.events.setdefault(frame.room, []).extend(frame.events)
        return frame

    async def until(self, kind: type[T], matches: Callable[[T], bool] = lambda frame: True) -> T:
        """Waits for the next frame of a type that matches; keeps the frames before it in `received`."""
        for index, frame in enumerate(self.received):
            if isinstance(frame, kind) and matches(frame):
                return self.received.pop(index)  # type: ignore[return-value]
        while True:
            frame = await self.next()
            if isinstance(frame, kind) and matches(frame):
                return frame
            self.received.append(frame)

    async def enter(self, room: str, since: int = 0) -> frames.CaughtUp:
        await self.send(frames.Enter(room, since))
        return await self.until(frames.CaughtUp, lambda frame: frame.room == room)

    async def do(self, room: str, command: Command, id: str | None = None) -> frames.Ack | frames.Refused:
        id = id or f"{self.member.id}-{next(self.ids)}"
        await self.send(frames.DoCommand(id, room, command))  # type: ignore[arg-type]
        return await self.until(frames.Ack | frames.Refused, lambda frame: frame.id == id)  # type: ignore[arg-type]

    async def request(self, what: str, **data: Any) -> Any:
        id = f"r{next(self.ids)}"
        await self.send(frames.Request(id, what, data))
        answer = await self.until(frames.Answer | frames.Refused, lambda frame: frame.id == id)  # type: ignore[arg-type]
        return answer.data if isinstance(answer, frames.Answer) else answer

    async def events_until(self, room: str, matches: Callable[[list[Event[Any]]], bool]) -> list[Event[Any]]:
        while not matches(self.events.setdefault(room, [])):
            self.received.append(await self.next())
        return self.events[room]


@dataclass
class HubServer:
    """A hub that runs and listens at an address."""

    hub: Hub
    address: str
    fingerprint: str

    @property
    def port(self) -> int:
        return int(self.address.rpartition(":")[2])

    @contextlib.asynccontextmanager
    async def socket(self, **options: Any) -> AsyncIterator[websockets.ClientConnection]:
        """A new connection, before any frame."""
        async with websockets.connect(
            self.address + frames.PATH, ssl=certificates.client_context(self.fingerprint),
            compression=None, max_size=frames.MAX_FRAME * 2, proxy=None, **options,
        ) as socket:  # fmt: skip
            yield socket

    async def invite(self, role: Role = "member", rooms: tuple[str, ...] = (), uses: int = 1) -> invites.Invitation:
        invitation, stored = invites.create(self.address, self.fingerprint, role, time.time(), rooms=rooms, uses=uses)
        await self.hub.store.add_invite(stored)
        return invitation

    @contextlib.asynccontextmanager
    async def join(self, name: str, role: Role = "member", rooms: tuple[str, ...] = ()) -> AsyncIterator[Peer]:
        """A new member, connected."""
        async with self.enrol(name, keys.DeviceKey.generate(), await self.invite(role, rooms)) as peer:
            yield peer

    @contextlib.asynccontextmanager
    async def enrol(self, name: str, key: keys.DeviceKey, invitation: invites.Invitation) -> AsyncIterator[Peer]:
        """A person who joins by an invite, connected."""
        async with self.socket() as socket:
            challenge = frames.from_hub.decode(await socket.recv())
            assert isinstance(challenge, frames.Challenge)
            channel = keys.channel(self.address, self.fingerprint)
            signed = keys.statement("enrol", challenge.hub, challenge.nonce, channel, invitation.digest, name)
            frame = frames.Enrol(invitation.secret, name, key.public, key.sign(signed))
            yield await self._sign_in(socket, key, frame)

    @contextlib.asynccontextmanager
    async def sign_in(self, key: keys.DeviceKey) -> AsyncIterator[Peer]:
        """A member who has joined before, connected again."""
        async with self.socket() as socket:
            challenge = frames.from_hub.decode(await socket.recv())
            assert isinstance(challenge, frames.Challenge)
            channel = keys.channel(self.address, self.fingerprint)
            signed = keys.statement("sign in", challenge.hub, challenge.nonce, channel)
            yield await self._sign_in(socket, key, frames.SignIn(key.public, key.sign(signed)))

    async def _sign_in(self, socket: websockets.ClientConnection, key: keys.DeviceKey, frame: Any) -> Peer:
        await socket.send(frames.encode(frame))
        welcome = frames.from_hub.decode(await socket.recv())
        assert isinstance(welcome, frames.Welcome), welcome
        return Peer(socket, key, welcome.member, [card.id for card in welcome.rooms])


Serve = Callable[..., AbstractAsyncContextManager[HubServer]]


@contextlib.asynccontextmanager
async def serve(
    folder: Path, *, location: str | None = None, rooms: tuple[str, ...] = ("lobby",), port: int = 0
) -> AsyncIterator[HubServer]:
    """Runs a hub with its files in `folder`, and its store there or at `location`, on this port or any free port."""
    certificate = certificates.load_or_create(folder)
    listener = socket.create_server(("127.0.0.1", port))
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 64 * 1024)  # a client that does not read is noticed soon
    address = f"wss://127.0.0.1:{listener.getsockname()[1]}"
    hub = Hub(open_store(location or folder / "hub.db"), address, certificate.fingerprint)
    await hub.start("a hub under test")
    try:
        for room in rooms:
            await hub.add_room(RoomCard(room, room.title()))
        async with serving(hub, listener, certificate.context()):
            yield HubServer(hub, address, certificate.fingerprint)
    finally:
        await hub.close()
