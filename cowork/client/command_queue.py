"""Commands to send to the hub: kept until it acknowledges or refuses each, and sent one at a time.

A file keeps them, so they outlive the connection and the program.
"""

from __future__ import annotations

import asyncio
import secrets
import sqlite3
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiosqlite
import msgspec

from cowork.client.connection import TEMPORARY, Link, Unreachable
from cowork.frames import MAX_FRAME, DoCommand, encode
from cowork.refusal import Refusal
from cowork.rooms.base import Command
from cowork.rooms.registry import AnyCommand

MAX_COMMANDS = 1_000  # for one hub
ACK_TIMEOUT = 10.0  # seconds that a caller waits for the hub; after that the command stays queued
FIRST_DELAY, MAX_DELAY = 0.2, 5.0  # seconds before a command is retried

TABLE = """create table if not exists outbox (
    n integer primary key autoincrement, hub text not null, id text not null unique,
    room text not null, command blob not null) strict"""

_command = msgspec.json.Decoder(AnyCommand)


@dataclass(frozen=True)
class QueuedCommand:
    """A command for a room. `id` stays the same in every attempt to send it; `command` is None if this version of the
    program cannot read it."""

    id: str
    room: str
    command: Any


class Outbox:
    """The commands for one hub, oldest first. Several programs can share the file."""

    def __init__(self, path: Path, hub: str) -> None:
        self._path = path
        self._hub = hub
        self._db: aiosqlite.Connection | None = None

    async def open(self) -> list[QueuedCommand]:
        """Opens the file, and returns its commands. Raises sqlite3.Error, OSError."""
        self._path.parent.mkdir(0o700, parents=True, exist_ok=True)
        db = self._db = await aiosqlite.connect(self._path, isolation_level=None, timeout=10)
        await db.execute("pragma journal_mode = wal")
        await db.execute("pragma synchronous = full")  # queued commands survive a power failure
        await db.execute(TABLE)
        return await self.commands()

    async def commands(self) -> list[QueuedCommand]:
        assert self._db is not None
        rows = await self._db.execute_fetchall(
            "select id, room, command from outbox where hub = ? order by n", (self._hub,)
        )
        return [QueuedCommand(id, room, _read(command)) for id, room, command in rows]

    async def put(self, room: str, command: Command) -> QueuedCommand:
        """Stores a command. Raises Refusal("outbox full")."""
        assert self._db is not None
        queued = QueuedCommand(secrets.token_hex(8), room, command)
        cursor = await self._db.execute(
            "insert into outbox (hub, id, room, command) select ?, ?, ?, ?"
            " where (select count(*) from outbox where hub = ?) < ?",
            (self._hub, queued.id, room, msgspec.json.encode(command), self._hub, MAX_COMMANDS),
        )
        if cursor.rowcount != 1:
            raise Refusal("outbox full", f"{MAX_COMMANDS} commands are queued for the hub. Connect to it first.")
        return queued

    async def remove(self, id: str) -> None:
        """Removes a command that was acknowledged or refused."""
        assert self._db is not None
        await self._db.execute("delete from outbox where id = ?", (id,))

    async def close(self) -> None:
        if self._db is not None:
            db, self._db = self._db, None
            await db.close()


def _read(command: bytes) -> Any:
    try:
        return _command.decode(command)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None


class Done(msgspec.Struct, frozen=True):
    """The hub has executed the command. `seq`: the command's last event, 0 if it has none."""

    seq: int


class Queued(msgspec.Struct, frozen=True):
    """The command is stored, and will be sent when the hub can be reached."""

    id: str


class CommandQueue:
    """`on_refused(room, refusal)` is called when a queued command is refused after its caller gave up; `on_change()`
    when the number of queued commands changes."""

    def __init__(
        self, outbox: Outbox, on_refused: Callable[[str, Refusal], None], on_change: Callable[[], None]
    ) -> None:
        self._outbox = outbox
        self._on_refused = on_refused
        self._on_change = on_change
        self._queue: deque[QueuedCommand] = deque()
        self._results: dict[str, asyncio.Future[Done | Queued]] = {}
        self._not_empty = asyncio.Event()
        self._opening = asyncio.Lock()
        self._open = False

    @property
    def size(self) -> int:
        return len(self._queue)

    def queued(self, room: str) -> list[Command]:
        return [queued.command for queued in self._queue if queued.room == room and queued.command is not None]

    async def open(self) -> None:
        """Loads the commands that an earlier session left. Raises sqlite3.Error, OSError."""
        async with self._opening:
            if not self._open:
                self._queue.extend(await self._outbox.open())
                self._open = True
        if self._queue:
            self._on_change()

    async def close(self) -> None:
        async with self._opening:
            self._open = False
            self._queue.clear()
            self.disconnected()
            await self._outbox.close()

    async def do(self, link: Link | None, room: str, command: Command) -> Done | Queued:
        """Sends a command and waits for its result; a lasting command is queued if the hub does not answer. Raises
        Refusal."""
        if len(encode(DoCommand("", room, command))) > MAX_FRAME - 100:
            raise Refusal("too large", f"This is too large: the hub accepts at most {MAX_FRAME // 1024} KiB.")
        if not command.lasting:
            return await self._send_now(link, room, command)
        try:
            await self.open()
            queued = await self._outbox.put(room, command)
        except (OSError, sqlite3.Error) as error:
            says = f"The command could not be stored until the hub has it ({error}). Is the disk full?"
            raise Refusal("outbox", says) from error
        self._queue.append(queued)
        self._not_empty.set()
        if link is None:
            self._on_change()
            return Queued(queued.id)
        result = self._results[queued.id] = asyncio.get_running_loop().create_future()
        try:
            async with asyncio.timeout(ACK_TIMEOUT):
                return await result
        except TimeoutError:
            return Queued(queued.id)
        finally:
            self._results.pop(queued.id, None)

    async def _send_now(self, link: Link | None, room: str, command: Command) -> Done:
        if link is None:
            raise Refusal("offline", "The hub is not connected.")
        try:
            return Done(await link.call(DoCommand(secrets.token_hex(8), room, command)))
        except Unreachable as error:
            says = "The connection was lost before the hub answered. Check whether the hub executed the command."
            raise Refusal("offline", says) from error

    async def send_all(self, link: Link) -> None:
        """Sends commands until the connection ends, each after the previous one has a result, so that they stay in
        order."""
        delay = FIRST_DELAY
        while True:
            while not self._queue:
                self._not_empty.clear()
                await self._not_empty.wait()
            queued = self._queue[0]
            outcome: Done | Refusal
            try:
                if queued.command is None:
                    raise Refusal("version", "A newer fromscratch has queued a command that this version cannot send.")
                outcome = Done(await link.call(DoCommand(queued.id, queued.room, queued.command)))
            except Unreachable:
                link.abort()
                return
            except Refusal as refusal:
                if refusal.code in TEMPORARY:
                    await asyncio.sleep(delay)
                    delay = min(MAX_DELAY, 2 * delay)
                    continue
                outcome = refusal
            delay = FIRST_DELAY
            self._queue.popleft()
            self._finish(queued, outcome)
            await self._outbox.remove(queued.id)

    def disconnected(self) -> None:
        """Tells waiting callers that their commands are queued."""
        for id, result in self._results.items():
            if not result.done():
                result.set_result(Queued(id))
        self._results.clear()

    def _finish(self, queued: QueuedCommand, outcome: Done | Refusal) -> None:
        result = self._results.pop(queued.id, None)
        if result is None or result.done():
            self._on_change()
            if isinstance(outcome, Refusal):
                self._on_refused(queued.room, outcome)
        elif isinstance(outcome, Refusal):
            result.set_exception(outcome)
        else:
            result.set_result(outcome)
