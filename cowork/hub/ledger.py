"""The one way into a room's history: commands go in, each is carried out exactly once, events come out in order."""

from __future__ import annotations

import asyncio
import logging
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from cowork.permissions import Member
from cowork.refusal import Refusal
from cowork.rooms.base import Blob, Command, Event, Job, Query, Room
from cowork.rooms.registry import new_room
from cowork.store.contract import Store, StoreProblem

log = logging.getLogger("cowork.ledger")
PAGE = 1_000  # events read at once
BATCH = 64  # commands in a transaction
Happened = Callable[[Room, list[Event[Any]], bool], None]  # (room, events, whether by this hub)


@dataclass
class _Waiting:
    by: Member
    id: str
    command: Command
    seq: asyncio.Future[int]


@dataclass
class _Entry:
    """A room in memory. `told`: the last event that was handed on; `carried_out`: who did which command, to its last
    event; `stale`: the room may hold what was never stored."""

    room: Room
    notified: int = 0
    last_at: float = 0.0
    stale: bool = False
    carried_out: dict[tuple[str, str], int] = field(default_factory=dict)
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    waiting: list[_Waiting] = field(default_factory=list)
    writer: asyncio.Task[None] | None = None

    def apply(self, event: Event[Any]) -> None:
        self.room.apply(event)
        self.last_at = max(self.last_at, event.at)
        self.carried_out[(event.by, event.command)] = event.seq

    def forget(self) -> None:
        self.room = new_room(self.room.id, self.room.title, self.room.month)
        self.carried_out.clear()
        self.stale = False


class Ledger:
    """Rooms, kept in step with the store. `happened` is called with what is stored for good, in order, once."""

    def __init__(self, store: Store, happened: Happened, clock: Callable[[], float] = time.time) -> None:
        self._store = store
        self._happened = happened
        self._clock = clock
        self._entries: dict[str, _Entry] = {}
        self._loading = asyncio.Lock()

    async def room(self, id: str) -> Room:
        """The room as it is; raises Refusal("unknown")."""
        return (await self._entry(id)).room

    def notified(self, id: str) -> int:
        """The last event of a room that was handed on; the room itself may be a moment ahead."""
        return self._entries[id].notified

    def jobs(self) -> list[Job]:
        """What the hub still has to do, in rooms that were asked for."""
        return [job for entry in self._entries.values() for job in entry.room.jobs()]

    async def execute(self, by: Member, room: str, id: str, command: Command) -> int:
        """Carries out a command, or finds that it was: the number of its last event, 0 where nothing had to happen.
        Raises Refusal. What is cancelled here is carried out all the same."""
        entry = await self._entry(room)
        waiting = _Waiting(by, id, command, asyncio.get_running_loop().create_future())
        entry.waiting.append(waiting)
        if entry.writer is None:
            entry.writer = asyncio.create_task(self._write(entry))
        return await waiting.seq

    async def answer(self, by: Member, room: str, question: Query) -> Any:
        entry = await self._entry(room)
        blobs = {key: await self._store.blob(room, key) for key in question.keys(entry.room, by)}

        def blob(key: str) -> bytes:
            found = blobs.get(key)
            if found is None:
                raise Refusal("unknown", "The hub does not have that any more.")
            return found

        return question.answer(entry.room, by, blob)

    async def catch_up(self, room: str) -> None:
        """Takes in what other hubs have stored; of rooms that nobody here has asked for, nothing is read."""
        entry = self._entries.get(room)
        if entry is not None:
            async with entry.lock:
                await self._read(entry)

    async def close(self) -> None:
        """Waits until what was asked for is stored."""
        writers = [entry.writer for entry in self._entries.values() if entry.writer is not None]
        await asyncio.gather(*writers, return_exceptions=True)

    async def _entry(self, id: str) -> _Entry:
        if id in self._entries:
            return self._entries[id]
        async with self._loading:
            if id not in self._entries:
                row = next((row for row in await self._store.rooms() if row.id == id), None)
                if row is None:
                    raise Refusal("unknown", f"This hub has no room {id!r}.")
                entry = _Entry(new_room(row.id, row.title, row.month), notified=sys.maxsize)  # nobody listens yet
                await self._read(entry)
                entry.notified = entry.room.seq
                self._entries[id] = entry
        return self._entries[id]

    async def _read(self, entry: _Entry) -> None:
        if entry.stale:
            entry.forget()
        more = True
        while more:
            events = await self._store.events(entry.room.id, entry.room.seq, PAGE)
            for event in events:
                entry.apply(event)
            self._tell(entry, events, False)
            more = len(events) == PAGE

    def _tell(self, entry: _Entry, events: list[Event[Any]], own: bool) -> None:
        new = [event for event in events if event.seq > entry.notified]
        if new:
            entry.notified = new[-1].seq
            self._happened(entry.room, new, own)

    async def _write(self, entry: _Entry) -> None:
        try:
            while entry.waiting:
                batch, entry.waiting = entry.waiting[:BATCH], entry.waiting[BATCH:]
                async with entry.lock:
                    await self._transaction(entry, batch)
        finally:
            entry.writer = None

    async def _transaction(self, entry: _Entry, batch: list[_Waiting]) -> None:
        """Decides each command on the room as the ones before it left it. Nobody hears of anything before all of it
        is stored; where that fails, the room is read anew, and each asker may ask again with the same id."""
        seqs: dict[int, int | Refusal] = {}
        others: list[Event[Any]] = []
        events: list[Event[Any]] = []
        blobs: list[Blob] = []
        try:
            if entry.stale:
                await self._read(entry)
            async with self._store.writing(entry.room.id) as writing:
                others = await writing.since(entry.room.seq)
                for event in others:
                    entry.apply(event)
                for index, waiting in enumerate(batch):
                    try:
                        seqs[index] = self._decide(entry, waiting, events, blobs)
                    except Refusal as refusal:
                        seqs[index] = refusal
                if events:
                    await writing.add(events, blobs)
        except Exception as error:
            known = isinstance(error, StoreProblem)
            log.error("room %s: nothing was stored: %s", entry.room.id, error, exc_info=None if known else error)
            entry.stale = True
            for index in range(len(batch)):
                if not isinstance(seqs.get(index), Refusal):
                    seqs[index] = Refusal("store", "The hub could not store that. Try again in a moment.")
        else:
            self._tell(entry, others, False)
            self._tell(entry, events, True)
        for index, waiting in enumerate(batch):
            if waiting.seq.done():
                continue
            seq = seqs[index]
            if isinstance(seq, Refusal):
                waiting.seq.set_exception(seq)
            else:
                waiting.seq.set_result(seq)

    def _decide(self, entry: _Entry, waiting: _Waiting, events: list[Event[Any]], blobs: list[Blob]) -> int:
        by, done = waiting.by, entry.carried_out.get((waiting.by.id, waiting.id))
        if done is not None:
            return done
        now = max(self._clock(), entry.last_at)  # a clock set back does not turn the order of events
        try:
            decided = waiting.command.decide(entry.room, by, now)
        except Refusal:
            raise
        except Exception as error:
            log.error("room %s: %r failed", entry.room.id, type(waiting.command).__name__, exc_info=error)
            raise Refusal("fault", "The hub has a fault and did nothing of that. Its log says more.") from error
        seq = 0
        for one in decided:
            if isinstance(one, Blob):
                blobs.append(one)
                continue
            event = Event(entry.room.seq + 1, now, by.id, by.name, waiting.id, one)
            entry.apply(event)
            events.append(event)
            seq = event.seq
        return seq
