"""Stores for tests: open ones, and events to put into them."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

from cowork.rooms.base import Blob, Event
from cowork.rooms.chat import MessageSent
from cowork.store.contract import RoomRow
from cowork.store.open_store import open_store
from cowork.store.sql import SqlStore

LONG = 3600.0  # seconds between looks: in these tests a word has to do


@contextlib.asynccontextmanager
async def opened(place: str, poll: float = LONG) -> AsyncIterator[SqlStore]:
    """A store with the room "r"."""
    store = open_store(place, poll)
    await store.open()
    try:
        await store.add_room(RoomRow("r", "Room"))
        yield store
    finally:
        await store.close()


def said(seq: int, text: str = "hello", command: str = "c", by: str = "anna") -> Event[Any]:
    return Event(seq, 1_000.5, by, by.title(), command, MessageSent(text))


async def write(store: SqlStore, *texts: str, blobs: tuple[Blob, ...] = (), command: str = "c") -> list[int]:
    """Adds what is said after the room's last event; returns the numbers."""
    async with store.writing("r") as writing:
        known = await writing.since(0)
        events = [said(len(known) + 1 + i, text, command) for i, text in enumerate(texts)]
        await writing.add(events, blobs)
    return [event.seq for event in events]


async def until(true: Callable[[], bool | Awaitable[bool]], patience: float = 20.0) -> None:
    """Waits for a condition; fails after `patience` seconds."""
    async with asyncio.timeout(patience):
        while True:
            found = true()
            if found if isinstance(found, bool) else await found:
                return
            await asyncio.sleep(0.01)
