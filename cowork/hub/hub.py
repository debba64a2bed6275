"""One hub: its store, its rooms, its queue of jobs, and the clients that are connected to it."""

from __future__ import annotations

import asyncio
import logging
import secrets
import time
from collections.abc import Coroutine, Sequence
from contextlib import suppress
from typing import Any, Protocol

from cowork import invites, keys, sanitize
from cowork.frames import Enrol, RoomCard, SignIn
from cowork.hub.departures import finish_departures, why_gone
from cowork.hub.fanout import Fanout
from cowork.hub.grading_jobs import JobQueue, owner
from cowork.hub.ledger import Ledger
from cowork.hub.limits import MAX_PER_ADDRESS, MAX_PER_MEMBER, MAX_UNSIGNED_PER_ADDRESS, ConnectionLimit
from cowork.hub.presence import CHANNEL as PRESENCE
from cowork.hub.presence import Presence
from cowork.hub.reminders import ReminderSender
from cowork.hub.webhook import Webhooks
from cowork.permissions import ENTER, Member, can
from cowork.refusal import Refusal
from cowork.rooms.base import Event, Job, Room
from cowork.store.contract import Enrolled, StoreProblem
from cowork.store.people import DEVICE_REMOVED
from cowork.store.sql import Store

log = logging.getLogger("cowork.hub")
MEMBERS, ROOMS = "members", "rooms"  # channels on which hubs notify each other of changes
MAX_ADDRESSES = 8
RECHECK_INTERVAL = 30.0  # seconds between checks for changes whose notification was lost


REGISTERED = "hub:"  # settings with the time when a hub last ran at an address, and its certificate's fingerprint
REGISTERED_FOR = 86_400.0  # seconds


async def registered_addresses(store: Store, fingerprint: str, first: Sequence[str] = ()) -> list[str]:
    """Returns the addresses at which hubs with this certificate ran within a day, `first` and then the latest first."""
    seen = {}
    for address, value in (await store.get_all(REGISTERED)).items():
        at, _, its_fingerprint = value.partition(" ")
        if its_fingerprint == fingerprint and time.time() - float(at) < REGISTERED_FOR:
            seen[address] = float(at)
    latest = sorted(seen, key=lambda address: -seen[address])
    return [*first, *(address for address in latest if address not in first)][:MAX_ADDRESSES]


class ConnectedClient(Protocol):
    """A connection as the hub uses it."""

    member: Member
    key: str

    def member_changed(self, member: Member | None, says: str = "") -> None:
        """Applies a change of the member; None if they were shut out, and `says` why."""

    def rooms_changed(self) -> None: ...

    def addresses_changed(self) -> None:
        """Tells the client the addresses of the group's hubs."""

    def stop(self) -> None:
        """Closes the connection because the hub stops."""


class Hub:
    """`address`: where clients reach the hub; `others`: further addresses of the same hub; `fingerprint`: of its
    certificate, "" behind a proxy; `queue`: where it puts jobs, None if nothing is graded."""

    def __init__(self, store: Store, address: str, fingerprint: str, others: Sequence[str] = ()) -> None:
        self.store = store
        self.address = address
        self.own_addresses = list(dict.fromkeys([address, *others]))
        self.fingerprint = fingerprint
        self.addresses = self.own_addresses  # of the hubs over this store, this one's first
        self.id = self.title = ""
        self.queue: JobQueue | None = None
        self.ledger = Ledger(store, self._on_events)
        self.fanout = Fanout()
        self.presence = Presence(self._publish)
        self.webhooks = Webhooks(store)
        self.reminders = ReminderSender(self.ledger, store)
        self.connected: set[ConnectedClient] = set()
        self.membership_changes = 0
        self.leaving: set[str] = set()  # members whose data is being deleted on their own request
        self.exports: dict[str, list[str]] = {}  # pieces of the cohort's exports, by id
        self.comparing = asyncio.Lock()  # held while a process compares sources
        self.unsigned_limit = ConnectionLimit(
            MAX_UNSIGNED_PER_ADDRESS, "Too many connections from your address have not signed in yet."
        )
        self.address_limit = ConnectionLimit(MAX_PER_ADDRESS, "There are too many connections from your address.")
        self.member_limit = ConnectionLimit(
            MAX_PER_MEMBER, "You are connected too many times. Close the app on another device."
        )
        self._rooms: list[RoomCard] = []
        self._tasks: list[asyncio.Task[None]] = []
        self._background: set[asyncio.Task[None]] = set()
        self._changed_rooms: set[str] = set()  # with events of other hubs that are not read yet
        self._catching_up: set[str] = set()
        self._unlisten = lambda: None

    async def start(self, title: str | None = None) -> None:
        """Opens the store and starts the hub's tasks. Raises StoreProblem."""
        await self.store.open()
        self.id = await self.store.setdefault("id", secrets.token_hex(8))
        if title is not None:
            await self.store.put("title", sanitize.line(title, sanitize.MAX_NAME, "A title"))
        self.title = await self.store.get("title") or "study group"
        self._rooms = await self.store.rooms()
        await self._register()
        self._unlisten = self.store.listen(self._on_notification)
        await self.webhooks.start()
        self.start_task(finish_departures(self))
        tasks = (self._follow(), self._recheck(), self.presence.run(), self.reminders.run())
        self._tasks = [asyncio.create_task(task) for task in tasks]

    async def _register(self) -> None:
        """Stores this hub's addresses, and reads those of the other hubs that have the same certificate."""
        if not self.store.shared:  # the only hub over this store: its earlier addresses lead nowhere
            for address in (await self.store.get_all(REGISTERED)).keys() - set(self.own_addresses):
                await self.store.put(f"{REGISTERED}{address}", f"0 {self.fingerprint}")
        for address in self.own_addresses:
            await self.store.put(f"{REGISTERED}{address}", f"{time.time():.0f} {self.fingerprint}")
        before = set(self.addresses)
        self.addresses = await registered_addresses(self.store, self.fingerprint, self.own_addresses)
        if set(self.addresses) != before:
            for client in list(self.connected):
                client.addresses_changed()

    async def use_queue(self, queue: JobQueue) -> None:
        """Puts unfinished jobs into a queue, and from now on new ones."""
        self.queue = queue
        for row in await self.store.rooms():
            room = await self.ledger.room(row.id)
            for job in room.jobs():
                await queue.put(job, owner(job, room))

    def stop(self) -> None:
        """Disconnects all clients, and tells them why."""
        for client in list(self.connected):
            client.stop()

    async def close(self) -> None:
        """Stores the pending commands, then closes the store."""
        self._unlisten()
        for task in [*self._tasks, *self._background]:
            task.cancel()
        await asyncio.gather(*self._tasks, *self._background, return_exceptions=True)
        await self.ledger.close()
        await self.webhooks.close()
        await self.store.close()

    async def sign_in(self, frame: Enrol | SignIn, nonce: str) -> Enrolled:
        """Returns the member who signed the challenge. Raises Refusal("key"), ("invite") or ("gone")."""
        digest, name = (invites.digest(frame.invite), frame.name) if isinstance(frame, Enrol) else ("", "")
        purpose: keys.Purpose = "enrol" if isinstance(frame, Enrol) else "sign in"
        statements = [
            keys.statement(purpose, self.id, nonce, channel, digest, name)
            for channel in {keys.channel(address, self.fingerprint) for address in self.own_addresses}
        ]
        signed = any(keys.verify(frame.key, frame.signature, statement) for statement in statements)
        if isinstance(frame, SignIn):
            enrolled = await self.store.by_key(frame.key) if signed else None
            device = await self.store.device(frame.key) if signed else None
            if device is not None and device.removed:
                raise Refusal("gone", DEVICE_REMOVED)
            if device is not None:
                await self.store.see_device(device, time.time())
            if enrolled is None:
                raise Refusal("key", "This hub does not know your device. Join with an invite.")
        else:
            name = sanitize.line(frame.name, sanitize.MAX_NAME, "A name")
            if not signed:
                raise Refusal("key", "The signature does not match the key.")
            enrolled = await self.store.enrol(invites.digest(frame.invite), name, frame.key, time.time())
            if enrolled is None:
                raise Refusal("invite", "The invite is used up, revoked or expired. Ask for a new one.")
            log.info("%s has joined as %s", enrolled.member.name, enrolled.member.role)
        if enrolled.gone:
            raise Refusal("gone", why_gone(enrolled))
        return enrolled

    def room_cards(self, member: Member) -> list[RoomCard]:
        """Returns the rooms that a member may enter."""
        return [room for room in self._rooms if can(member, ENTER, room.id)]

    async def add_room(self, room: RoomCard) -> bool:
        added = await self.store.add_room(room)
        await self.store.publish(ROOMS, room.id)
        return added

    async def members_changed(self, id: str) -> None:
        """Applies a change of a stored member to their connections, here before it returns, and on all other hubs."""
        await self.store.publish(MEMBERS, id)
        await self.refresh_members(id)

    def _on_events(self, room: Room, events: Sequence[Event[Any]], own: bool) -> None:
        self.fanout.publish(room, events)
        self.webhooks.on_events(room, events, own)
        if own and self.queue is not None:
            for event in events:
                if (job := event.fact.job(room.id)) is not None:
                    self.start_task(self.queue.put(job, owner(job, room)))

    def _on_notification(self, channel: str, payload: str) -> None:
        if channel == PRESENCE:
            self.presence.on_notification(payload)
        elif channel == MEMBERS:
            self.membership_changes += 1
            self.start_task(self.refresh_members(payload))
        elif channel == ROOMS:
            self.start_task(self._refresh_rooms())

    def start_task(self, work: Coroutine[Any, Any, None]) -> None:
        """Starts a task in the background."""

        def done(task: asyncio.Task[None]) -> None:
            self._background.discard(task)
            if not task.cancelled() and (error := task.exception()) is not None:
                log.error("%s", error, exc_info=None if isinstance(error, StoreProblem) else error)

        task = asyncio.create_task(work)
        self._background.add(task)
        task.add_done_callback(done)

    async def _publish(self, channel: str, payload: str) -> None:
        """Publishes presence, which is repeated, so a failure does not matter."""
        with suppress(StoreProblem):
            await self.store.publish(channel, payload)

    async def refresh_members(self, id: str | None = None) -> None:
        """Updates the connections of a member, or of all members, from the store."""
        if any(id in (None, client.member.id) for client in self.connected):
            enrolled = await self.store.members()
            members = {entry.member.id: entry.member for entry in enrolled if not entry.gone}
            removed = await self.store.removed_keys()
            for client in [client for client in self.connected if id in (None, client.member.id)]:
                if client.member.id in self.leaving:
                    continue
                if client.key in removed:
                    client.member_changed(None, DEVICE_REMOVED)
                elif members.get(client.member.id) != client.member:
                    entry = next((entry for entry in enrolled if entry.member.id == client.member.id), None)
                    client.member_changed(members.get(client.member.id), why_gone(entry))

    async def _refresh_rooms(self) -> None:
        rooms = await self.store.rooms()
        if rooms != self._rooms:
            self._rooms = rooms
            for client in list(self.connected):
                client.rooms_changed()

    async def _recheck(self) -> None:
        """Finds changes whose notification was lost, and jobs that a dead hub did not put into the queue."""
        before: set[Job] = set()
        while True:
            await asyncio.sleep(RECHECK_INTERVAL)
            self.start_task(self.refresh_members())
            self.start_task(self._refresh_rooms())
            self.start_task(self._register())
            jobs = set(self.ledger.jobs())
            for job in before & jobs:
                if self.queue is not None:
                    self.start_task(self.queue.put(job))
            before = jobs

    async def _follow(self) -> None:
        """Reads what other hubs store, each room in a task of its own so that rooms do not wait for each other."""
        while True:
            try:
                async for room in self.store.changes():
                    self._changed_rooms.add(room)
                    if room not in self._catching_up:
                        self._catching_up.add(room)
                        self.start_task(self._catch_up(room))
            except Exception as error:
                log.error("cannot follow the store: %s", error)
            await asyncio.sleep(1)

    async def _catch_up(self, room: str) -> None:
        try:
            while room in self._changed_rooms:
                self._changed_rooms.discard(room)
                try:
                    await self.ledger.catch_up(room)
                except Exception as error:
                    log.error("cannot follow room %s: %s", room, error)
                    self._changed_rooms.add(room)
                    await asyncio.sleep(1)
        finally:
            self._catching_up.discard(room)
