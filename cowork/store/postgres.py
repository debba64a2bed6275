"""The store of hubs that share a PostgreSQL, and how they tell each other what happened."""

from __future__ import annotations

import asyncio
import contextlib
import secrets
from contextlib import AbstractAsyncContextManager
from typing import Any

import psycopg
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from sqlalchemy import bindparam, func, select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.util import greenlet_spawn

from cowork.store.contract import StoreProblem
from cowork.store.sql import MOVE, SqlStore
from cowork.store.transaction import Transaction, transaction

CHANNEL = "fromscratch"
ALIVE = 10.0  # seconds without a word after which the listening connection is tried
PAUSES = (0.1, 0.5, 2.0)  # seconds between tries to listen again; the last one repeats
MAX_PAYLOAD = 7_000  # bytes
OPENING = 0x66726F6D  # the lock under which tables are made
# a server that is gone without a word is noticed
OPTIONS = {"connect_timeout": 10, "keepalives_idle": 10, "keepalives_interval": 5, "keepalives_count": 3}
# a hub that stands still in the middle of a transaction does not keep its room from the others
GUARDS = "-c idle_in_transaction_session_timeout=10s -c lock_timeout=30s"

NOTIFY = select(func.pg_notify(CHANNEL, bindparam("payload")))


class PostgresStore(SqlStore):
    shared = True
    # the word goes out with the row that moves, when it is committed: neither without the other
    move = MOVE.returning(func.pg_notify(CHANNEL, bindparam("payload")))

    def __init__(self, url: str, poll: float) -> None:
        super().__init__(poll)
        try:
            given = conninfo_to_dict(url).get("options") or ""
            self.address = make_conninfo(url, **OPTIONS, options=f"{given} {GUARDS}".strip())
        except psycopg.ProgrammingError as error:
            raise StoreProblem(f"The database's address cannot be read: {str(error).strip()}.") from None
        known = conninfo_to_dict(self.address)
        self.name = f"{known.get('host', 'localhost')}:{known.get('port', 5432)}/{known.get('dbname', '')}"
        self.origin = secrets.token_hex(8)
        self.hears: asyncio.Task[None] | None = None
        self.listening = False
        self.pool = create_async_engine(
            "postgresql+psycopg://", async_creator=self._connect, pool_size=8, max_overflow=0, pool_timeout=60.0,
            pool_pre_ping=True,
        )  # fmt: skip
        self.writer = self.pool.sync_engine.execution_options(preserve_rowcount=True)
        self.reader = self.pool.sync_engine.execution_options(isolation_level="AUTOCOMMIT")

    def transaction(self, write: bool) -> AbstractAsyncContextManager[Transaction]:
        return transaction(self.writer if write else self.reader, greenlet_spawn)

    async def dispose(self) -> None:
        await self.pool.dispose()

    async def _connect(self, **options: Any) -> psycopg.AsyncConnection[Any]:
        return await psycopg.AsyncConnection.connect(self.address, **options)

    async def open(self) -> None:
        await super().open()
        ready = asyncio.Event()
        self.hears = asyncio.create_task(self._hear(ready))
        await ready.wait()

    async def close(self) -> None:
        if self.hears is not None:
            self.hears.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self.hears
            self.hears = None
        await super().close()

    def insert(self, table: Any) -> Any:
        return insert(table)

    def moved(self, room: str, last: int) -> dict[str, Any]:
        return super().moved(room, last) | {"payload": f"moved {self.origin} {room}"}

    async def check(self, connection: Transaction) -> None:
        await connection.execute(text(f"SELECT pg_advisory_xact_lock({OPENING})"))  # two hubs may start at once

    async def publish(self, channel: str, payload: str) -> None:
        if len(payload.encode()) > MAX_PAYLOAD:
            raise ValueError(f"A word has at most {MAX_PAYLOAD} bytes.")
        async with self._connected(write=True) as connection:
            connection.later(NOTIFY, {"payload": f"said {channel}\n{payload}"})

    async def _hear(self, ready: asyncio.Event) -> None:
        """Listens for as long as the store is open, over a connection of its own, again whenever that breaks."""
        failures = 0
        while True:
            with contextlib.suppress(psycopg.Error, OSError, TimeoutError):
                async with await self._connect(autocommit=True) as connection:
                    await connection.execute(f"LISTEN {CHANNEL}")
                    ready.set()
                    failures, self.listening = 0, True
                    self.words.lost()  # what was said while nobody listened
                    while True:
                        async for notice in connection.notifies(timeout=ALIVE):
                            self._heard(notice.payload)
                        async with asyncio.timeout(ALIVE):
                            await connection.execute("SELECT 1")
            self.listening = False
            ready.set()  # looking does meanwhile
            await asyncio.sleep(PAUSES[min(failures, len(PAUSES) - 1)])
            failures += 1

    def _heard(self, payload: str) -> None:
        kind, _, rest = payload.partition(" ")
        if kind == "moved":
            origin, _, room = rest.partition(" ")
            if origin != self.origin:
                self.words.moved(room)
        elif kind == "said":
            channel, _, said = rest.partition("\n")
            self.words.say(channel, said)

    def problem(self, error: Exception) -> StoreProblem:
        cause = error.orig if isinstance(error, DBAPIError) and error.orig is not None else error
        said = " ".join(str(cause).split())
        state = getattr(cause, "sqlstate", None) or ""
        if state.startswith("28") or "password" in said or "pg_hba" in said or "role " in said:
            return StoreProblem(f"PostgreSQL at {self.name} does not let this user in: {said}.")
        if state == "3D000" or ("database" in said and "does not exist" in said):
            return StoreProblem(f"PostgreSQL at {self.name} has no such database: create it with `createdb`.")
        if state == "55P03":
            return StoreProblem(f"PostgreSQL at {self.name} is kept by another hub that stands still. Try again.")
        if state == "53100":
            return StoreProblem(f"PostgreSQL at {self.name} has no room left on its disk.")
        if state == "42501":
            return StoreProblem(f"PostgreSQL at {self.name} does not let this user make tables: {said}.")
        if isinstance(cause, (psycopg.OperationalError, psycopg.InterfaceError, OSError, TimeoutError)):
            return StoreProblem(f"PostgreSQL at {self.name} cannot be reached ({said}). Is it running?")
        return StoreProblem(f"PostgreSQL at {self.name} cannot be used: {said}.")
