"""PostgreSQL's most frequent steps, in one round trip each: storing a command's events, reading a room, notifying hubs.

SQLAlchemy needs five or six round trips for a transaction, and the room is locked meanwhile.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, TypeVar

import msgspec
import psycopg

from cowork.rooms.base import Event
from cowork.rooms.registry import read_event

CONNECTIONS = 4
T = TypeVar("T")
Step = Callable[[psycopg.AsyncConnection[Any]], Awaitable[T]]

# One statement is one transaction. It stores nothing if the room has events after `since`.
APPEND = """
WITH moved AS (UPDATE rooms SET last = last + %(count)s WHERE id = %(room)s AND last = %(since)s RETURNING id)
INSERT INTO events (room, seq, by, command, event)
SELECT moved.id, new.seq, new.by, new.command, new.event
FROM moved, unnest(%(seqs)s::int[], %(by)s::text[], %(commands)s::text[], %(events)s::text[])
  AS new (seq, by, command, event)
"""
SINCE = "SELECT event FROM events WHERE room = %s AND seq > %s ORDER BY seq LIMIT %s"
NOTIFY = "SELECT pg_notify(%s, payload) FROM unnest(%s::text[]) WITH ORDINALITY AS new (payload, place) ORDER BY place"


class Direct:
    """A few connections without transactions of their own. All methods raise psycopg.Error and OSError."""

    def __init__(self, connect: Callable[[], Awaitable[psycopg.AsyncConnection[Any]]]) -> None:
        self._connect = connect
        self._idle: list[psycopg.AsyncConnection[Any]] = []  # the last one is used next: it has prepared statements
        self._slots = asyncio.Semaphore(CONNECTIONS)

    async def append(self, room: str, events: Sequence[Event[Any]]) -> bool:
        """Stores events if they follow the room's last one; returns False otherwise."""
        values = {
            "room": room, "since": events[0].seq - 1, "count": len(events), "seqs": [event.seq for event in events],
            "by": [event.by for event in events], "commands": [event.command for event in events],
            "events": [msgspec.json.encode(event).decode() for event in events],
        }  # fmt: skip

        async def append(connection: psycopg.AsyncConnection[Any]) -> bool:
            return (await connection.execute(APPEND, values)).rowcount == len(events)

        return await self._run(append)

    async def events(self, room: str, since: int, limit: int) -> list[Event[Any]]:
        async def read(connection: psycopg.AsyncConnection[Any]) -> list[Event[Any]]:
            rows = await (await connection.execute(SINCE, (room, since, limit))).fetchall()
            return [read_event(event) for (event,) in rows]

        return await self._run(read)

    async def notify(self, channel: str, payloads: Sequence[str]) -> None:
        async def notify(connection: psycopg.AsyncConnection[Any]) -> None:
            await connection.execute(NOTIFY, (channel, list(payloads)))

        await self._run(notify)

    async def close(self) -> None:
        idle, self._idle = self._idle, []
        for connection in idle:
            await connection.close()

    async def _run(self, step: Step[T]) -> T:
        """Runs a step, which may be repeated: an idle connection breaks when the server restarts."""
        async with self._slots:
            while True:
                was_idle = bool(self._idle)
                connection = self._idle.pop() if was_idle else await self._connect()
                try:
                    result = await step(connection)
                except BaseException as error:
                    broken = isinstance(error, psycopg.Error) and connection.closed
                    await connection.close()
                    if not (was_idle and broken):
                        raise
                    await self.close()  # the others are broken too
                else:
                    self._idle.append(connection)
                    return result
