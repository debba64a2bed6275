"""Writes to one room in an exclusive SQL transaction."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec
from sqlalchemy import bindparam, delete, func, insert, select, update

from cowork.rooms.base import Blob, ErasedBlob, Event, Fact
from cowork.rooms.registry import read_event
from cowork.store.tables import blobs, events, rooms
from cowork.store.transaction import Transaction

NO_LIMIT = 2**31 - 1

# Statements are created once, so that SQLAlchemy compiles each only once.
LAST = select(rooms.c.last).where(rooms.c.id == bindparam("room"))
LOCK = LAST.with_for_update()  # SQLite ignores this: it has only one writer
UPDATE_LAST = update(rooms).where(rooms.c.id == bindparam("at_room")).values(last=bindparam("to"))
ADD_EVENTS, ADD_BLOBS = insert(events), insert(blobs)
SINCE = (
    select(events.c.event)
    .where(events.c.room == bindparam("room"), events.c.seq > bindparam("seq"))
    .order_by(events.c.seq)
    .limit(bindparam("most"))
)
STORED = select(events.c.event).where(events.c.room == bindparam("room"), events.c.seq == bindparam("seq"))
REWRITE = (
    update(events)
    .where(events.c.room == bindparam("at_room"), events.c.seq == bindparam("at_seq"))
    .values(event=bindparam("erased"))
)
ERASE_BLOB = delete(blobs).where(blobs.c.room == bindparam("at_room"), blobs.c.key == bindparam("at_key"))
DONE = select(func.max(events.c.seq)).where(
    events.c.room == bindparam("room"), events.c.by == bindparam("who"), events.c.command == bindparam("command")
)


class RoomWriter:
    """A transaction with the room's row locked; `last` is the room's last event. Added events and blobs are stored
    with the commit."""

    def __init__(self, connection: Transaction, room: str, last: int) -> None:
        self.connection, self.room, self.last = connection, room, last
        self.events: list[Event[Any]] = []
        self.blobs: list[Blob] = []
        self.erases = False  # whether earlier texts or blobs are removed

    async def since(self, seq: int) -> list[Event[Any]]:
        """Returns the room's events after `seq`."""
        if seq >= self.last:  # the usual case needs no query
            return []
        stored = await self.connection.execute(SINCE, {"room": self.room, "seq": seq, "most": NO_LIMIT})
        return [*(read_event(row.event) for row in stored.rows), *(event for event in self.events if event.seq > seq)]

    async def done(self, by: str, command: str) -> int | None:
        """Returns the last event of a command that was executed before, else None."""
        new = [event.seq for event in self.events if (event.by, event.command) == (by, command)]
        if new:
            return new[-1]
        values = {"room": self.room, "who": by, "command": command}
        seq: int | None = (await self.connection.execute(DONE, values)).scalar()
        return seq

    async def add(self, events: Sequence[Event[Any]], blobs: Sequence[Blob]) -> None:
        """Adds events, and blobs with new keys. Raises ValueError if the events' numbers have a gap."""
        if [event.seq for event in events] != [*range(self.last + 1, self.last + 1 + len(events))]:
            raise ValueError(f"Events of {self.room} do not follow {self.last}: {[event.seq for event in events]}")
        self.events += events
        self.blobs += blobs
        self.last += len(events)
        for event in events:
            self.erases |= bool(event.fact.forgets() or event.fact.erases())
            if event.fact.forgets():
                await self._forget(event.fact)
                continue
            for seq in event.fact.erases():
                await self._erase(seq)

    async def _forget(self, fact: Fact) -> None:
        """Removes a member's texts and name from all events of the room so far."""
        stored = await self.connection.execute(SINCE, {"room": self.room, "seq": 0, "most": NO_LIMIT})
        rows = []
        for row in stored.rows:
            event = read_event(row.event)
            if (kept := event.forgetting(fact)) != event:
                erased = msgspec.json.encode(kept).decode()
                rows.append({"at_room": self.room, "at_seq": event.seq, "erased": erased})
        if rows:
            self.connection.defer(REWRITE, rows)
        self.events = [event.forgetting(fact) for event in self.events]

    async def _erase(self, seq: int) -> None:
        """Removes the content of an earlier event of the room, which keeps its place."""
        first = self.last - len(self.events) + 1
        if seq >= first:
            self.events[seq - first] = self.events[seq - first].erased()
            return
        stored = (await self.connection.execute(STORED, {"room": self.room, "seq": seq})).scalar()
        if stored is not None:
            erased = msgspec.json.encode(read_event(stored).erased()).decode()
            self.connection.defer(REWRITE, {"at_room": self.room, "at_seq": seq, "erased": erased})

    def erase_blobs(self, erased: Sequence[ErasedBlob]) -> None:
        """Removes blobs with the commit."""
        self.erases |= bool(erased)
        for blob in erased:
            self.blobs = [added for added in self.blobs if added.key != blob.key]
            self.connection.defer(ERASE_BLOB, {"at_room": self.room, "at_key": blob.key})

    def finish(self) -> bool:
        """Defers the added rows until the commit. Returns whether there are events."""
        if self.events:
            rows = [
                {"room": self.room, "seq": event.seq, "by": event.by, "command": event.command,
                 "event": msgspec.json.encode(event).decode()}
                for event in self.events
            ]  # fmt: skip
            self.connection.defer(ADD_EVENTS, rows)
        if self.blobs:
            rows = [{"room": self.room, "key": blob.key, "data": blob.data} for blob in self.blobs]
            self.connection.defer(ADD_BLOBS, rows)
        return bool(self.events)
