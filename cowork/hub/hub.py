"""One hub: its parts, put together, and who is connected to it."""

from __future__ import annotations

import asyncio
import logging
import secrets
import time
from collections.abc import Coroutine, Sequence
from contextlib import suppress
from typing import Any, Protocol

from cowork import invites, keys
from cowork import sanitize as texts
from cowork.frames import Enrol, RoomCard, SignIn
from cowork.hub.fanout import Fanout
from cowork.hub.grading_jobs import asked
from cowork.hub.ledger import Ledger
from cowork.hub.limits import MAX_PER_ADDRESS, MAX_PER_MEMBER, MAX_UNSIGNED_PER_ADDRESS, ConnectionLimit
from cowork.hub.local_queue import Queue
from cowork.hub.presence import CHANNEL as PRESENCE
from cowork.hub.presence import Presence
from cowork.hub.webhook import Webhooks
from cowork.permissions import ENTER, Member, can
from cowork.refusal import Refusal
from cowork.rooms.base import Event, Job, Room
from cowork.store.contract import Enrolled, RoomRow, Store, StoreProblem

log = logging.getLogger("cowork.hub")
MEMBERS, ROOMS = "members", "rooms"  # channels on which hubs tell each other what changed
AGAIN = 30.0  # seconds after which is looked for what was not told


class Connected(Protocol):
    """What a hub asks of a connection."""

    member: Member

    def became(self, member: Member | None) -> None:
        """The member as they are now; None where they are shut out."""

    def rooms_changed(self) -> None: ...

    def stop(self) -> None:
        """The hub stops."""


class Hub:
    """`address`: where clients reach it; `fingerprint`: of its certificate, "" behind a proxy; `queue`: where it
    leaves jobs, if anybody does them."""

    def __init__(self, store: Store, address: str, fingerprint: str) -> None:
        self.store = store
        self.address = address
        self.fingerprint = fingerprint
        self.id = self.title = ""
        self.queue: Queue | None = None
        self.ledger = Ledger(store, self._happened)
        self.fanout = Fanout()
        self.presence = Presence(self._publish)
        self.webhooks = Webhooks(store)
        self.connected: set[Connected] = set()
        self.members_heard = 0
        self.unsigned_limit = ConnectionLimit(
            MAX_UNSIGNED_PER_ADDRESS, "Too many connections from your address have not signed in yet."
        )
        self.address_limit = ConnectionLimit(MAX_PER_ADDRESS, "There are too many connections from your address.")
        self.member_limit = ConnectionLimit(
            MAX_PER_MEMBER, "You are connected too many times. Close the app somewhere else."
        )
        self._rooms: list[RoomRow] = []
        self._tasks: list[asyncio.Task[None]] = []
        self._later: set[asyncio.Task[None]] = set()
        self._moved: set[str] = set()  # rooms that got events from other hubs, and those that are being read for them
        self._following: set[str] = set()
        self._unlisten = lambda: None

    async def start(self, title: str | None = None) -> None:
        """Opens the store and goes on where it stood. Raises StoreProblem."""
        await self.store.open()
        self.id = await self.store.setdefault("id", secrets.token_hex(8))
        if title is not None:
            await self.store.put("title", texts.line(title, texts.MAX_NAME, "A title"))
        self.title = await self.store.get("title") or "study group"
        self._rooms = await self.store.rooms()
        self._unlisten = self.store.listen(self._heard)
        await self.webhooks.start()
        self._tasks = [asyncio.create_task(one) for one in (self._follow(), self._look_again(), self.presence.run())]

    async def take_up(self, queue: Queue) -> None:
        """Leaves what still has to be done in a queue, and from now on what comes."""
        self.queue = queue
        for row in await self.store.rooms():
            for job in (await self.ledger.room(row.id)).jobs():
                await queue.put(job)

    def stop(self) -> None:
        """Tells all who are connected that the hub stops."""
        for one in list(self.connected):
            one.stop()

    async def close(self) -> None:
        """What was asked for is stored, then the store is closed."""
        self._unlisten()
        for task in [*self._tasks, *self._later]:
            task.cancel()
        await asyncio.gather(*self._tasks, *self._later, return_exceptions=True)
        await self.ledger.close()
        await self.webhooks.close()
        await self.store.close()

    async def sign_in(self, frame: Enrol | SignIn, nonce: str) -> Enrolled:
        """Who signed the challenge. Raises Refusal("key"), ("invite") or ("gone")."""
        channel = keys.channel(self.address, self.fingerprint)
        if isinstance(frame, SignIn):
            signed = keys.statement("sign in", self.id, nonce, channel)
            enrolled = await self.store.by_key(frame.key) if keys.verify(frame.key, frame.signature, signed) else None
            if enrolled is None:
                raise Refusal("key", "This hub does not know your device. Join with an invite.")
        else:
            name = texts.line(frame.name, texts.MAX_NAME, "A name")
            signed = keys.statement("enrol", self.id, nonce, channel, invites.digest(frame.invite), frame.name)
            if not keys.verify(frame.key, frame.signature, signed):
                raise Refusal("key", "The signature does not fit the key.")
            enrolled = await self.store.enrol(invites.digest(frame.invite), name, frame.key, time.time())
            if enrolled is None:
                raise Refusal("invite", "The invite is used up or has expired. Ask for a new one.")
            log.info("%s has joined as %s", enrolled.member.name, enrolled.member.role)
        if enrolled.gone:
            raise Refusal("gone", "An organiser of this hub has shut you out.")
        return enrolled

    def cards(self, member: Member) -> list[RoomCard]:
        """The rooms that a member may enter."""
        return [RoomCard(row.id, row.title, row.month) for row in self._rooms if can(member, ENTER, row.id)]

    async def add_room(self, room: RoomRow) -> bool:
        added = await self.store.add_room(room)
        await self.store.publish(ROOMS, room.id)
        return added

    async def members_changed(self, id: str) -> None:
        """To be called after a member was changed in the store: this hub has acted on it when that returns, all others
        do at once."""
        await self.store.publish(MEMBERS, id)
        await self.look_at(id)

    def _happened(self, room: Room, events: Sequence[Event[Any]], own: bool) -> None:
        self.fanout.happened(room, events)
        self.webhooks.happened(room, events, own)
        if own and self.queue is not None:
            for job in asked(room.id, events):
                self._soon(self.queue.put(job))

    def _heard(self, channel: str, payload: str) -> None:
        if channel == PRESENCE:
            self.presence.heard(payload)
        elif channel == MEMBERS:
            self.members_heard += 1
            self._soon(self.look_at(payload))
        elif channel == ROOMS:
            self._soon(self._look_at_rooms())

    def _soon(self, work: Coroutine[Any, Any, None]) -> None:
        async def careful() -> None:
            try:
                await work
            except StoreProblem as error:
                log.error("%s", error)

        task = asyncio.create_task(careful())
        self._later.add(task)
        task.add_done_callback(self._later.discard)

    async def _publish(self, channel: str, payload: str) -> None:
        """Who is here is said again and again, so that a word may be lost."""
        with suppress(StoreProblem):
            await self.store.publish(channel, payload)

    async def look_at(self, id: str | None = None) -> None:
        """Tells the connections of a member, or all, what they have become."""
        if any(id in (None, one.member.id) for one in self.connected):
            known = {one.member.id: one.member for one in await self.store.members() if not one.gone}
            for one in [one for one in self.connected if id in (None, one.member.id)]:
                if known.get(one.member.id) != one.member:
                    one.became(known.get(one.member.id))

    async def _look_at_rooms(self) -> None:
        rooms = await self.store.rooms()
        if rooms != self._rooms:
            self._rooms = rooms
            for one in list(self.connected):
                one.rooms_changed()

    async def _look_again(self) -> None:
        """Finds what no word came of: it was lost, or the hub that was to say it has died."""
        before: set[Job] = set()
        while True:
            await asyncio.sleep(AGAIN)
            self._soon(self.look_at())
            self._soon(self._look_at_rooms())
            jobs = set(self.ledger.jobs())
            for job in before & jobs:
                if self.queue is not None:
                    self._soon(self.queue.put(job))
            before = jobs

    async def _follow(self) -> None:
        """Takes in what other hubs store, for as long as the hub runs; a room does not wait for another."""
        while True:
            try:
                async for room in self.store.changes():
                    self._moved.add(room)
                    if room not in self._following:
                        self._following.add(room)
                        self._soon(self._catch_up(room))
            except Exception as error:
                log.error("cannot follow the store: %s", error)
            await asyncio.sleep(1)

    async def _catch_up(self, room: str) -> None:
        try:
            while room in self._moved:
                self._moved.discard(room)
                try:
                    await self.ledger.catch_up(room)
                except Exception as error:
                    log.error("cannot follow room %s: %s", room, error)
                    self._moved.add(room)
                    await asyncio.sleep(1)
        finally:
            self._following.discard(room)
