"""Notifications from hubs over the same store: rooms with new events, and published messages."""

from __future__ import annotations

import asyncio
import contextlib
import inspect
import logging
from collections.abc import Callable, Iterator

from cowork.store.contract import Listener

log = logging.getLogger(__name__)


class RoomChanges:
    """The rooms with new events that one consumer has not taken yet."""

    def __init__(self) -> None:
        self.rooms: dict[str, None] = {}
        self.incomplete = False  # a notification may have been lost, so the consumer must check all rooms
        self.changed = asyncio.Event()

    async def next(self, until: float) -> list[str]:
        """Waits for rooms, at most until `until` on the loop's clock. Returns [] if all rooms must be checked."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout_at(until):
                await self.changed.wait()
        self.changed.clear()
        rooms, incomplete = list(self.rooms), self.incomplete
        self.incomplete = False
        if incomplete:
            return []
        self.rooms.clear()
        return rooms


class Notifications:
    """Calls listeners with each message, in order. A listener that raises does not stop the others."""

    def __init__(self) -> None:
        self.listeners: list[Listener] = []
        self.consumers: list[RoomChanges] = []
        self.messages: asyncio.Queue[tuple[str, str]] = asyncio.Queue()
        self.task: asyncio.Task[None] | None = None

    def start(self) -> None:
        self.task = asyncio.create_task(self._deliver())

    async def close(self) -> None:
        if self.task is not None:
            self.task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self.task
            self.task = None

    def send(self, channel: str, payload: str) -> None:
        self.messages.put_nowait((channel, payload))

    def listen(self, listener: Listener) -> Callable[[], None]:
        self.listeners.append(listener)
        return lambda: self.listeners.remove(listener) if listener in self.listeners else None

    @contextlib.contextmanager
    def room_changes(self) -> Iterator[RoomChanges]:
        changes = RoomChanges()
        self.consumers.append(changes)
        try:
            yield changes
        finally:
            self.consumers.remove(changes)

    def room_changed(self, room: str) -> None:
        for changes in self.consumers:
            changes.rooms[room] = None
            changes.changed.set()

    def may_be_incomplete(self) -> None:
        """Makes all consumers check all rooms, because notifications may have been lost."""
        for changes in self.consumers:
            changes.incomplete = True
            changes.changed.set()

    async def _deliver(self) -> None:
        while True:
            channel, payload = await self.messages.get()
            for listener in list(self.listeners):
                try:
                    if inspect.isawaitable(result := listener(channel, payload)):
                        await result
                except Exception:
                    log.exception("a listener failed at %r", channel)
