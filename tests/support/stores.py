"""Open stores, and events to write to them."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator
from typing import Any

from cowork.frames import RoomCard
from cowork.rooms.base import Blob, Event
from cowork.rooms.chat import MessageSent
from cowork.store.open_store import open_store
from cowork.store.sql import Store

NO_POLLING = 3600.0  # a polling interval that no test reaches, so that only notifications work


@contextlib.asynccontextmanager
async def room_store(location: str, poll: float = NO_POLLING) -> AsyncIterator[Store]:
    """An open store with the room "r"."""
    store = open_store(location, poll)
    await store.open()
    try:
        await store.add_room(RoomCard("r", "Room"))
        yield store
    finally:
        await store.close()


def message_event(seq: int, text: str = "hello", command: str = "c", by: str = "anna") -> Event[Any]:
    return Event(seq, 1_000.5, by, by.title(), command, MessageSent(text))


async def write_messages(store: Store, *texts: str, blobs: tuple[Blob, ...] = (), command: str = "c") -> list[int]:
    """Adds messages after the room's last event; returns the numbers of their events."""
    async with store.writing("r") as writing:
        known = await writing.since(0)
        events = [message_event(len(known) + 1 + i, text, command) for i, text in enumerate(texts)]
        await writing.add(events, blobs)
    return [event.seq for event in events]
