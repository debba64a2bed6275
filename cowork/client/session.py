"""A session with one hub: keeps rooms up to date, and sends commands, now or when the hub can be reached."""

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

from cowork import frames
from cowork.client import connection
from cowork.client.backoff import Backoff
from cowork.client.command_queue import CommandQueue, Done, Outbox, Queued
from cowork.client.connection import TEMPORARY, Link, Unreachable
from cowork.client.known_hubs import KEY, OUTBOX, KnownHub, KnownHubs
from cowork.client.room_replica import RoomReplica
from cowork.keys import DeviceKey
from cowork.permissions import Member
from cowork.refusal import Refusal
from cowork.rooms.base import Command, Event, Query, Room

log = logging.getLogger("cowork.client")
ENTER_TIMEOUT = 30.0  # seconds
State = Literal["connecting", "online", "offline", "refused"]


class Change(msgspec.Struct, frozen=True):
    """A change of a session.

    "state": the connection or the number of queued commands; "rooms": the list of rooms; "people": who is in `room`;
    "events": new events in `room`; "room": the whole room; "refused": the room or a queued command, for what `says`.
    """

    kind: Literal["state", "rooms", "people", "events", "room", "refused"]
    room: str | None = None
    events: tuple[Event[Any], ...] = ()
    says: str = ""


class Session:
    """`run` is a task of the app's event loop; all other methods are called in that loop."""

    def __init__(self, known: KnownHub, home: Path) -> None:
        self.known = self._saved = known
        self.state: State = "connecting"
        self.message = ""
        self.member: Member | None = None
        self.cards: list[frames.RoomCard] = known.rooms
        self.rooms: dict[str, Room] = {}
        self.people: dict[str, dict[str, frames.Person]] = {}
        self._home = home
        self._replicas: dict[str, RoomReplica] = {}
        self._statuses: dict[str, frames.MemberStatus] = {}
        self._listeners: list[Callable[[Change], None]] = []
        self._link: Link | None = None
        self._clock_offset: float | None = None
        self._retry_now = asyncio.Event()
        self._task: asyncio.Task[Any] | None = None
        self._saving: asyncio.Task[None] | None = None
        self._commands = CommandQueue(
            Outbox(home / OUTBOX, known.hub), self._on_refused, lambda: self._notify(Change("state"))
        )

    # state

    @property
    def waiting(self) -> int:
        """The number of queued commands."""
        return self._commands.size

    def queued(self, room_id: str) -> list[Command]:
        """Returns the queued commands for a room, oldest first."""
        return self._commands.queued(room_id)

    def clock(self) -> float:
        """Returns the hub's time, in seconds since 1970."""
        return time.time() if self._clock_offset is None else time.monotonic() + self._clock_offset

    def subscribe(self, listener: Callable[[Change], None]) -> Callable[[], None]:
        """Calls `listener` after every change, and returns a function that stops this."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener) if listener in self._listeners else None

    # actions

    async def enter(self, room_id: str) -> Room:
        """Enters a room, and enters it again after a lost connection. Returns the room, up to date unless offline.
        Raises Refusal."""
        if room_id not in self._replicas:
            card = next((card for card in self.cards if card.id == room_id), frames.RoomCard(room_id, room_id))
            replica = self._replicas[room_id] = RoomReplica(card)
            self.rooms[room_id] = replica.shown
            if self._link is not None:
                self._link.send(replica.enter())
        replica = self._replicas[room_id]
        if self._link is not None:
            try:
                async with asyncio.timeout(ENTER_TIMEOUT):
                    await replica.entered()
            except TimeoutError:
                raise Refusal("offline", "The hub does not answer.") from None
        return replica.shown

    async def leave(self, room_id: str) -> None:
        self._forget(room_id)
        if self._link is not None:
            self._link.send(frames.Leave(room_id))

    def report_status(self, room_id: str, status: frames.MemberStatus) -> None:
        """Sends the user's status to the room, and again after a lost connection."""
        self._statuses[room_id] = status
        if self._link is not None and room_id in self._replicas:
            self._link.send(frames.ReportStatus(room_id, status))

    async def do(self, room_id: str, command: Command) -> Done | Queued:
        """Sends a command. A lasting command stays queued until the hub can be reached, even after the program ends.
        Raises Refusal."""
        if self.state == "refused":
            raise Refusal("offline", self.message)
        return await self._commands.do(self._link, room_id, command)

    async def ask(self, room_id: str, question: Query) -> Any:
        """Returns a query's answer. Raises Refusal, also if the hub cannot be reached."""
        return await self._call(frames.AskQuery(secrets.token_hex(8), room_id, question))

    async def request(self, what: str, **data: Any) -> Any:
        """Returns the answer to a request to the hub. Raises Refusal, also if the hub cannot be reached."""
        return await self._call(frames.Request(secrets.token_hex(8), what, data))

    # the connection

    async def run(self) -> None:
        """Connects, and reconnects whenever the connection is lost, until `close`. Only a cancellation ends it."""
        self._task = asyncio.current_task()
        backoff = Backoff()
        while True:
            try:
                key = await asyncio.to_thread(DeviceKey.load_or_create, self._home / KEY)
                await self._commands.open()
                await self._connect(key)
            except Unreachable as error:
                self._set_state("offline", f"{self.known.title} cannot be reached: {error}. Reconnecting.")
            except Refusal as refusal:
                self._set_state("offline" if refusal.code in TEMPORARY else "refused", refusal.says)
            except (OSError, sqlite3.Error) as error:
                self._set_state("refused", f"{self._home} cannot be used: {error}.")
            except Exception as error:
                log.exception("the session ended")
                self._set_state("refused", f"fromscratch has a bug ({error!r}). Please report it.")
            if self.state == "refused":
                await self._retry_now.wait()
            with suppress(TimeoutError):  # wait_for in Python 3.11 can lose a cancellation
                async with asyncio.timeout(backoff.delay()):
                    await self._retry_now.wait()
            if self._retry_now.is_set():
                self._retry_now.clear()
                self._set_state("connecting", "")

    def reconnect(self) -> None:
        """Connects now, even if the hub refused before."""
        if self.state != "online":
            self._retry_now.set()

    async def close(self) -> None:
        """Ends `run`. Queued commands are kept for the next session."""
        if self._task is not None and self._task is not asyncio.current_task():
            while not self._task.done():  # repeated, because a library can lose a cancellation
                self._task.cancel()
                await asyncio.wait([self._task], timeout=1.0)
        if self._saving is not None:
            await asyncio.wait([self._saving])
        await self._commands.close()

    async def _connect(self, key: DeviceKey) -> None:
        address = await connection.first_reachable(self.known.by_preference, self.known.fingerprint)
        self.known = msgspec.structs.replace(self.known, address=address)
        async with connection.connected(self.known.address, self.known.fingerprint) as (socket, challenge):
            sent_at = time.monotonic()
            welcome = await connection.sign_in(socket, challenge, self.known, key)
            self._clock_offset = welcome.now - (sent_at + time.monotonic()) / 2
            link = self._link = Link(socket)
            self._welcome(welcome, challenge.title)
            sending = asyncio.create_task(self._commands.send_all(link))
            for replica in self._replicas.values():
                link.send(replica.enter())
            try:
                async with aclosing(link.run()) as frames:
                    async for frame in frames:
                        self._on_frame(link, frame)
            finally:
                self._link = None
                sending.cancel()
                await asyncio.wait([sending])
                self._disconnected()

    def _welcome(self, welcome: frames.Welcome, title: str) -> None:
        self.member = welcome.member
        self.known = self.known.with_addresses(welcome.addresses)
        self._set_state("online", "")
        self._set_rooms(welcome.rooms, title, welcome.member.name)

    def _set_rooms(self, cards: list[frames.RoomCard], title: str, name: str) -> None:
        """Updates the rooms that the user may enter, and stores them for when the hub cannot be reached."""
        self.cards = cards
        for room in self._replicas.keys() - {card.id for card in cards}:
            self._replicas[room].finish(Refusal("not allowed", "You may no longer enter this room."))
            self._forget(room)
        known = msgspec.structs.replace(self.known, rooms=cards, title=title, name=name)
        if known != self._saved:
            self.known = self._saved = known
            self._saving = asyncio.create_task(asyncio.to_thread(KnownHubs(self._home).try_update, known))
        self._notify(Change("rooms"))

    def _disconnected(self) -> None:
        for replica in self._replicas.values():
            replica.disconnected()
        self.people = {}
        self._commands.disconnected()

    def _on_frame(self, link: Link, frame: Any) -> None:
        replica = self._replicas.get(str(getattr(frame, "room", None) or getattr(frame, "id", "")))
        match frame:
            case frames.Events() if replica is not None:
                ready = replica.ready
                new, enter = replica.events(frame.events)
                self._enter(link, replica, enter)
                if new and ready:
                    self._notify(Change("events", frame.room, tuple(new)))
            case frames.CaughtUp() if replica is not None:
                self._enter(link, replica, replica.caught_up(frame.seq))
                if replica.ready:
                    if frame.room in self._statuses:
                        link.send(frames.ReportStatus(frame.room, self._statuses[frame.room]))
                    self._notify(Change("room", frame.room))
            case frames.Present():
                before = {} if frame.all else self.people.get(frame.room, {})
                people = before | {person.member: person for person in frame.people}
                self.people[frame.room] = {id: person for id, person in people.items() if person.here is not None}
                self._notify(Change("people", frame.room))
            case frames.RoomsChanged():
                self._set_rooms(frame.rooms, self.known.title, self.known.name)
            case frames.Welcome():
                self._welcome(frame, self.known.title)  # an organiser has changed the user's role or rooms
            case frames.Refused() if replica is not None:
                self._not_entered(link, replica, frame)
            case frames.Refused(code="gone"):
                raise Refusal(frame.code, frame.says)
            case frames.Refused():
                self._notify(Change("refused", says=frame.says))

    def _enter(self, link: Link, replica: RoomReplica, enter: Any) -> None:
        if enter is not None:
            link.send(enter)
        self.rooms[replica.card.id] = replica.shown

    def _not_entered(self, link: Link, replica: RoomReplica, refused: frames.Refused) -> None:
        if refused.code == "ahead":  # the hub has an older copy of its store
            self._enter(link, replica, replica.restart())
        elif refused.code in TEMPORARY:
            asyncio.get_running_loop().call_later(1.0, link.send, replica.enter())
        else:
            self._forget(replica.card.id)
            replica.finish(Refusal(refused.code, refused.says))
            self._notify(Change("refused", replica.card.id, says=refused.says))

    def _forget(self, room_id: str) -> None:
        for state in (self._replicas, self.rooms, self.people, self._statuses):
            state.pop(room_id, None)

    async def _call(self, frame: frames.AskQuery | frames.Request) -> Any:
        if self._link is None:
            raise Refusal("offline", self.message or "The hub is not connected yet.")
        try:
            return await self._link.call(frame)
        except Unreachable as error:
            raise Refusal("offline", f"The hub did not answer: {error}. Try again.") from error

    # notifications

    def _set_state(self, state: State, message: str) -> None:
        if (state, message) != (self.state, self.message):
            self.state, self.message = state, message
            self._notify(Change("state"))

    def _notify(self, change: Change) -> None:
        for listener in list(self._listeners):
            try:
                listener(change)
            except Exception:  # does not stop the other listeners
                log.exception("a listener failed")

    def _on_refused(self, room: str, refusal: Refusal) -> None:
        self._notify(Change("refused", room, says=refusal.says))
