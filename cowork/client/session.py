"""A person's session with one hub: rooms that stay in step, and what one does in them, connected or not."""

from __future__ import annotations

import asyncio
import logging
import secrets
import sqlite3
import time
from collections.abc import Callable
from contextlib import aclosing, suppress
from pathlib import Path
from typing import Any, Literal

import msgspec

from cowork.client import connection
from cowork.client.backoff import Backoff
from cowork.client.command_queue import CommandQueue, Done, Queued
from cowork.client.connection import PASSING, Unreachable
from cowork.client.known_hubs import KEY, OUTBOX, KnownHub, KnownHubs
from cowork.client.link import Link
from cowork.client.outbox import Outbox
from cowork.client.room_replica import RoomReplica
from cowork.client.session_events import Change, Listeners
from cowork.frames import (
    AskQuery,
    CaughtUp,
    Events,
    Leave,
    MemberStatus,
    Person,
    Present,
    Refused,
    ReportStatus,
    Request,
    RoomCard,
    RoomsChanged,
    Welcome,
)
from cowork.keys import DeviceKey
from cowork.permissions import Member
from cowork.refusal import Refusal
from cowork.rooms.base import Command, Query, Room

log = logging.getLogger("cowork.client")
ENTERING = 30.0  # seconds that a room may take to be filled
State = Literal["connecting", "online", "offline", "refused"]


class Session:
    """`run` is a task of the app's event loop, and everything else is called in that loop."""

    def __init__(self, known: KnownHub, home: Path) -> None:
        self.known = known
        self.state: State = "connecting"
        self.message = ""
        self.member: Member | None = None
        self.cards: list[RoomCard] = known.rooms
        self.rooms: dict[str, Room] = {}
        self.people: dict[str, dict[str, Person]] = {}
        self._home = home
        self._followed: dict[str, RoomReplica] = {}
        self._here: dict[str, MemberStatus] = {}
        self._listeners = Listeners()
        self._link: Link | None = None
        self._offset: float | None = None
        self._again = asyncio.Event()
        self._task: asyncio.Task[Any] | None = None
        self._saving: asyncio.Task[None] | None = None
        self._commands = CommandQueue(
            Outbox(home / OUTBOX, known.hub), self._dropped, lambda: self._listeners.tell(Change("state"))
        )

    # what one looks at

    @property
    def waiting(self) -> int:
        """How many things wait to be sent."""
        return self._commands.waiting

    def queued(self, room_id: str) -> list[Command]:
        """What waits to be sent to a room, oldest first."""
        return self._commands.queued(room_id)

    def clock(self) -> float:
        """The hub's clock, in seconds since 1970."""
        return time.time() if self._offset is None else time.monotonic() + self._offset

    def subscribe(self, listener: Callable[[Change], None]) -> Callable[[], None]:
        """Calls `listener` after every change; returns how to stop."""
        return self._listeners.add(listener)

    # what one does

    async def enter(self, room_id: str) -> Room:
        """Follows a room from now on, and comes back into it after a lost connection. Returns it with all that has
        happened; offline, with what is known. Raises Refusal."""
        if room_id not in self._followed:
            card = next((card for card in self.cards if card.id == room_id), RoomCard(room_id, room_id))
            followed = self._followed[room_id] = RoomReplica(card)
            self.rooms[room_id] = followed.room
            if self._link is not None:
                self._link.send(followed.enter())
        followed = self._followed[room_id]
        if self._link is not None:
            try:
                async with asyncio.timeout(ENTERING):
                    await followed.entered()
            except TimeoutError:
                raise Refusal("offline", "The hub does not answer.") from None
        return followed.room

    async def leave(self, room_id: str) -> None:
        self._forget(room_id)
        if self._link is not None:
            self._link.send(Leave(room_id))

    def report_status(self, room_id: str, status: MemberStatus) -> None:
        """Tells the room where one is, and again after a lost connection."""
        self._here[room_id] = status
        if self._link is not None and room_id in self._followed:
            self._link.send(ReportStatus(room_id, status))

    async def do(self, room_id: str, command: Command) -> Done | Queued:
        """Does a command. What is lasting waits for the hub where it cannot be reached now, also beyond the end of
        the program. Raises Refusal."""
        if self.state == "refused":
            raise Refusal("offline", self.message)
        return await self._commands.do(self._link, room_id, command)

    async def ask(self, room_id: str, question: Query) -> Any:
        """Raises Refusal, also where the hub cannot be reached."""
        return await self._call(AskQuery(secrets.token_hex(8), room_id, question))

    async def request(self, what: str, **data: Any) -> Any:
        """Raises Refusal, also where the hub cannot be reached."""
        return await self._call(Request(secrets.token_hex(8), what, data))

    # the connection

    async def run(self) -> None:
        """Connects, and again whenever the connection is lost, until `close`. Never raises but for what cancels it."""
        self._task = asyncio.current_task()
        backoff = Backoff()
        while True:
            try:
                key = await asyncio.to_thread(DeviceKey.load_or_create, self._home / KEY)
                await self._commands.open()
                await self._connect(key)
            except Unreachable as error:
                self._become("offline", f"{self.known.title} cannot be reached: {error}. Trying again.")
            except Refusal as refusal:
                self._become("offline" if refusal.code in PASSING else "refused", refusal.says)
            except (OSError, sqlite3.Error) as error:
                self._become("refused", f"{self._home} cannot be used: {error}.")
            except Exception as error:
                log.exception("the session ended")
                self._become("refused", f"This is a fault of fromscratch itself ({error!r}); please report it.")
            if self.state == "refused":
                await self._again.wait()
            with suppress(TimeoutError):  # wait_for of Python 3.11 loses a cancellation that comes with the result
                async with asyncio.timeout(backoff.pause()):
                    await self._again.wait()
            if self._again.is_set():
                self._again.clear()
                self._become("connecting", "")

    def reconnect(self) -> None:
        """Tries to connect now, also where it was refused."""
        if self.state != "online":
            self._again.set()

    async def close(self) -> None:
        """Ends `run`. What waits to be sent stays for the next time."""
        if self._task is not None and self._task is not asyncio.current_task():
            while not self._task.done():  # again, should a library have lost the first
                self._task.cancel()
                await asyncio.wait([self._task], timeout=1.0)
        if self._saving is not None:
            await asyncio.wait([self._saving])
        await self._commands.close()

    async def _connect(self, key: DeviceKey) -> None:
        async with connection.connected(self.known.address, self.known.fingerprint) as (socket, challenge):
            asked = time.monotonic()
            welcome = await connection.sign_in(socket, challenge, self.known, key)
            self._offset = welcome.now - (asked + time.monotonic()) / 2
            link = self._link = Link(socket)
            self._welcome(welcome, challenge.title)
            sending = asyncio.create_task(self._commands.send_all(link))
            for followed in self._followed.values():
                link.send(followed.enter())
            try:
                async with aclosing(link.run()) as frames:
                    async for frame in frames:
                        self._take(link, frame)
            finally:
                self._link = None
                sending.cancel()
                await asyncio.wait([sending])
                self._lost()

    def _welcome(self, welcome: Welcome, title: str) -> None:
        self.member = welcome.member
        self._become("online", "")
        self._list(welcome.rooms, title, welcome.member.name)

    def _list(self, cards: list[RoomCard], title: str, name: str) -> None:
        """Takes in the rooms that one may enter, and remembers them for when the hub cannot be reached."""
        self.cards = cards
        for room in self._followed.keys() - {card.id for card in cards}:
            self._followed[room].refused(Refusal("not allowed", "You may not enter this room any more."))
            self._forget(room)
        known = msgspec.structs.replace(self.known, rooms=cards, title=title, name=name)
        if known != self.known:
            self.known = known
            self._saving = asyncio.create_task(asyncio.to_thread(KnownHubs(self._home).try_update, known))
        self._listeners.tell(Change("rooms"))

    def _lost(self) -> None:
        for followed in self._followed.values():
            followed.lost()
        self.people = {}
        self._commands.lost()

    def _take(self, link: Link, frame: Any) -> None:
        """What the hub says unasked."""
        followed = self._followed.get(str(getattr(frame, "room", None) or getattr(frame, "id", "")))
        match frame:
            case Events() if followed is not None:
                ready = followed.ready
                new, enter = followed.events(frame.events)
                self._enter(link, followed, enter)
                if new and ready:
                    self._listeners.tell(Change("events", frame.room, tuple(new)))
            case CaughtUp() if followed is not None:
                self._enter(link, followed, followed.caught_up(frame.seq))
                if followed.ready:
                    if frame.room in self._here:
                        link.send(ReportStatus(frame.room, self._here[frame.room]))
                    self._listeners.tell(Change("room", frame.room))
            case Present():
                before = {} if frame.all else self.people.get(frame.room, {})
                people = before | {one.member: one for one in frame.people}
                self.people[frame.room] = {id: one for id, one in people.items() if one.here is not None}
                self._listeners.tell(Change("people", frame.room))
            case RoomsChanged():
                self._list(frame.rooms, self.known.title, self.known.name)
            case Welcome():
                self._welcome(frame, self.known.title)  # an organiser has changed what one may
            case Refused() if followed is not None:
                self._not_entered(link, followed, frame)
            case Refused(code="gone"):
                raise Refusal(frame.code, frame.says)
            case Refused():
                self._listeners.tell(Change("refused", says=frame.says))

    def _enter(self, link: Link, followed: RoomReplica, enter: Any) -> None:
        if enter is not None:
            link.send(enter)
        self.rooms[followed.card.id] = followed.room

    def _not_entered(self, link: Link, followed: RoomReplica, refused: Refused) -> None:
        if refused.code == "ahead":  # the hub's store is an older copy
            self._enter(link, followed, followed.anew())
        elif refused.code in PASSING:
            asyncio.get_running_loop().call_later(1.0, link.send, followed.enter())
        else:
            self._forget(followed.card.id)
            followed.refused(Refusal(refused.code, refused.says))
            self._listeners.tell(Change("refused", followed.card.id, says=refused.says))

    def _forget(self, room_id: str) -> None:
        for kept in (self._followed, self.rooms, self.people, self._here):
            kept.pop(room_id, None)

    async def _call(self, frame: AskQuery | Request) -> Any:
        if self._link is None:
            raise Refusal("offline", self.message or "The hub is not reached yet.")
        try:
            return await self._link.call(frame)
        except Unreachable as error:
            raise Refusal("offline", f"There is no answer: {error}. Try again.") from error

    # what is told

    def _become(self, state: State, message: str) -> None:
        if (state, message) != (self.state, self.message):
            self.state, self.message = state, message
            self._listeners.tell(Change("state"))

    def _dropped(self, room: str, refusal: Refusal) -> None:
        self._listeners.tell(Change("refused", room, says=refusal.says))
