"""Words that go round between hubs: which room moved, and what somebody published."""

from __future__ import annotations

import asyncio
import contextlib
import inspect
import logging
from collections.abc import Callable, Iterator

from cowork.store.contract import Listener

log = logging.getLogger(__name__)


class RoomChanges:
    """Rooms that got events, each once until it is taken."""

    def __init__(self) -> None:
        self.rooms: dict[str, None] = {}
        self.lost = False  # a word may have been lost, so that one must look for oneself
        self.stir = asyncio.Event()

    async def next(self, until: float) -> list[str]:
        """The rooms that moved, by `until` (the loop's clock) at the latest; none where it is time to look."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout_at(until):
                await self.stir.wait()
        self.stir.clear()
        moved, lost = list(self.rooms), self.lost
        self.lost = False
        if lost:
            return []
        self.rooms.clear()
        return moved


class Notifications:
    """Calls listeners with what was said, in order and one after the other. A listener's fault is its own."""

    def __init__(self) -> None:
        self.listeners: list[Listener] = []
        self.movers: list[RoomChanges] = []
        self.said: asyncio.Queue[tuple[str, str]] = asyncio.Queue()
        self.task: asyncio.Task[None] | None = None

    def start(self) -> None:
        self.task = asyncio.create_task(self._pass_on())

    async def close(self) -> None:
        if self.task is not None:
            self.task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self.task
            self.task = None

    def say(self, channel: str, payload: str) -> None:
        self.said.put_nowait((channel, payload))

    def listen(self, listener: Listener) -> Callable[[], None]:
        self.listeners.append(listener)
        return lambda: self.listeners.remove(listener) if listener in self.listeners else None

    @contextlib.contextmanager
    def moves(self) -> Iterator[RoomChanges]:
        moves = RoomChanges()
        self.movers.append(moves)
        try:
            yield moves
        finally:
            self.movers.remove(moves)

    def moved(self, room: str) -> None:
        for moves in self.movers:
            moves.rooms[room] = None
            moves.stir.set()

    def lost(self) -> None:
        for moves in self.movers:
            moves.lost = True
            moves.stir.set()

    async def _pass_on(self) -> None:
        while True:
            channel, payload = await self.said.get()
            for listener in list(self.listeners):
                try:
                    if inspect.isawaitable(result := listener(channel, payload)):
                        await result
                except Exception:
                    log.exception("a listener failed at %r", channel)
