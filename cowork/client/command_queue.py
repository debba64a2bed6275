"""Commands on their way to the hub: kept until it has acknowledged or refused each, sent one after the other."""

from __future__ import annotations

import asyncio
import secrets
import sqlite3
from collections import deque
from collections.abc import Callable

import msgspec

from cowork.client.connection import PASSING, Unreachable
from cowork.client.link import Link
from cowork.client.outbox import Outbox, QueuedCommand
from cowork.frames import MAX_FRAME, DoCommand, encode
from cowork.refusal import Refusal
from cowork.rooms.base import Command

LOOK = 10.0  # seconds that one waits to see a command done; it goes on after that
PAUSE, LONGEST = 0.2, 5.0  # seconds after which the hub is asked again that could not do it at the moment
LATER = ("The hub could not be reached while it was asked. Look whether it was done.", "The hub is not reached.")


class Done(msgspec.Struct, frozen=True):
    """The hub has stored it. `seq`: of its last event, 0 where nothing had to happen."""

    seq: int


class Queued(msgspec.Struct, frozen=True):
    """It is kept, and will be sent when the hub can be reached."""

    id: str


class CommandQueue:
    """`dropped(room, refusal)` is called for what was refused when nobody waited for it any more; `moved()` when the
    number of what waits has changed."""

    def __init__(self, outbox: Outbox, dropped: Callable[[str, Refusal], None], moved: Callable[[], None]) -> None:
        self._outbox = outbox
        self._dropped = dropped
        self._moved = moved
        self._queue: deque[QueuedCommand] = deque()
        self._watched: dict[str, asyncio.Future[Done | Queued]] = {}
        self._more = asyncio.Event()
        self._opening = asyncio.Lock()
        self._open = False

    @property
    def waiting(self) -> int:
        return len(self._queue)

    def queued(self, room: str) -> list[Command]:
        return [one.command for one in self._queue if one.room == room and one.command is not None]

    async def open(self) -> None:
        """Takes up what an earlier session left. Raises sqlite3.Error, OSError."""
        async with self._opening:
            if not self._open:
                self._queue.extend(await self._outbox.open())
                self._open = True
        if self._queue:
            self._moved()

    async def close(self) -> None:
        async with self._opening:
            self._open = False
            self._queue.clear()
            self.lost()
            await self._outbox.close()

    async def do(self, link: Link | None, room: str, command: Command) -> Done | Queued:
        """Raises Refusal."""
        if len(encode(DoCommand("", room, command))) > MAX_FRAME - 100:
            raise Refusal("too large", f"That is too large to be sent: the hub takes {MAX_FRAME // 1024} KiB at once.")
        if not command.lasting:
            return await self._do_now(link, room, command)
        try:
            await self.open()
            waiting = await self._outbox.put(room, command)
        except (OSError, sqlite3.Error) as error:
            raise Refusal(
                "outbox", f"It could not be kept until the hub has it ({error}). Is the disk full?"
            ) from error
        self._queue.append(waiting)
        self._more.set()
        if link is None:
            self._moved()
            return Queued(waiting.id)
        watched = self._watched[waiting.id] = asyncio.get_running_loop().create_future()
        try:
            async with asyncio.timeout(LOOK):
                return await watched
        except TimeoutError:
            return Queued(waiting.id)
        finally:
            self._watched.pop(waiting.id, None)

    async def _do_now(self, link: Link | None, room: str, command: Command) -> Done:
        if link is None:
            raise Refusal("offline", LATER[1])
        try:
            return Done(await link.call(DoCommand(secrets.token_hex(8), room, command)))
        except Unreachable as error:
            raise Refusal("offline", LATER[0]) from error

    async def send_all(self, link: Link) -> None:
        """Sends what waits and what comes, as long as the connection holds: the next one when the one before was
        acknowledged, so that their order is kept whatever happens."""
        pause = PAUSE
        while True:
            while not self._queue:
                self._more.clear()
                await self._more.wait()
            waiting = self._queue[0]
            outcome: Done | Refusal
            try:
                if waiting.command is None:
                    raise Refusal("version", "What a newer fromscratch has left to be sent is not known to this one.")
                outcome = Done(await link.call(DoCommand(waiting.id, waiting.room, waiting.command)))
            except Unreachable:
                link.abort()
                return
            except Refusal as refusal:
                if refusal.code in PASSING:
                    await asyncio.sleep(pause)
                    pause = min(LONGEST, 2 * pause)
                    continue
                outcome = refusal
            pause = PAUSE
            self._queue.popleft()
            self._settle(waiting, outcome)
            await self._outbox.drop(waiting.id)

    def lost(self) -> None:
        """The connection ended: who waits is told that it will be done later."""
        for id, watched in self._watched.items():
            if not watched.done():
                watched.set_result(Queued(id))
        self._watched.clear()

    def _settle(self, waiting: QueuedCommand, outcome: Done | Refusal) -> None:
        watched = self._watched.pop(waiting.id, None)
        if watched is None or watched.done():
            self._moved()
            if isinstance(outcome, Refusal):
                self._dropped(waiting.room, outcome)
        elif isinstance(outcome, Refusal):
            watched.set_exception(outcome)
        else:
            watched.set_result(outcome)
