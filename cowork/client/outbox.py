"""A file of commands that the hub has not acknowledged; they outlive the connection and the program."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiosqlite
import msgspec

from cowork.refusal import Refusal
from cowork.rooms.base import Command
from cowork.rooms.registry import AnyCommand

MAX_COMMANDS = 1_000  # for one hub

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
