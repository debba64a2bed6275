"""The store of hubs that share a PostgreSQL, and notify each other through it."""

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
from cowork.store.sql import UPDATE_LAST, Store
from cowork.store.transaction import Transaction, transaction

CHANNEL = "fromscratch"
CHECK_INTERVAL = 10.0  # seconds without a notification after which the listening connection is checked
RETRY_DELAYS = (0.1, 0.5, 2.0)  # seconds before listening again; the last one repeats
MAX_PAYLOAD = 7_000  # bytes
SCHEMA_LOCK = 0x66726F6D  # the advisory lock for creating the tables
# keepalives detect a server that is gone
OPTIONS = {"connect_timeout": 10, "keepalives_idle": 10, "keepalives_interval": 5, "keepalives_count": 3}
# a hub that hangs inside a transaction must not lock its room forever
TIMEOUTS = "-c idle_in_transaction_session_timeout=10s -c lock_timeout=30s"

NOTIFY = select(func.pg_notify(CHANNEL, bindparam("payload")))


class PostgresStore(Store):
    """A store over PostgreSQL."""

    shared = True
    # PostgreSQL sends the notification when the transaction commits
    update_last = UPDATE_LAST.returning(func.pg_notify(CHANNEL, bindparam("payload")))

    def __init__(self, url: str, poll: float) -> None:
        super().__init__(poll)
        try:
            options = conninfo_to_dict(url).get("options") or ""
            self.address = make_conninfo(url, **OPTIONS, options=f"{options} {TIMEOUTS}".strip())
        except psycopg.ProgrammingError as error:
            raise StoreProblem(f"The database's address is not valid: {str(error).strip()}.") from None
        parts = conninfo_to_dict(self.address)
        self.name = f"{parts.get('host', 'localhost')}:{parts.get('port', 5432)}/{parts.get('dbname', '')}"
        self.origin = secrets.token_hex(8)
        self.listener: asyncio.Task[None] | None = None
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
        self.listener = asyncio.create_task(self._listen(ready))
        await ready.wait()

    async def close(self) -> None:
        if self.listener is not None:
            self.listener.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self.listener
            self.listener = None
        await super().close()

    def insert(self, table: Any) -> Any:
        return insert(table)

    def update_values(self, room: str, last: int) -> dict[str, Any]:
        return super().update_values(room, last) | {"payload": f"moved {self.origin} {room}"}

    async def check(self, connection: Transaction) -> None:
        await connection.execute(text(f"SELECT pg_advisory_xact_lock({SCHEMA_LOCK})"))

    async def publish(self, channel: str, payload: str) -> None:
        if len(payload.encode()) > MAX_PAYLOAD:
            raise ValueError(f"A notification has at most {MAX_PAYLOAD} bytes.")
        async with self._connected(write=True) as connection:
            connection.defer(NOTIFY, {"payload": f"said {channel}\n{payload}"})

    async def _listen(self, ready: asyncio.Event) -> None:
        """Listens for notifications on a separate connection, and reconnects when it is lost."""
        failures = 0
        while True:
            with contextlib.suppress(psycopg.Error, OSError, TimeoutError):
                async with await self._connect(autocommit=True) as connection:
                    await connection.execute(f"LISTEN {CHANNEL}")
                    ready.set()
                    failures, self.listening = 0, True
                    self.notifications.may_be_incomplete()
                    while True:
                        async for notice in connection.notifies(timeout=CHECK_INTERVAL):
                            self._on_notification(notice.payload)
                        async with asyncio.timeout(CHECK_INTERVAL):
                            await connection.execute("SELECT 1")
            self.listening = False
            ready.set()  # meanwhile, `changes` polls
            await asyncio.sleep(RETRY_DELAYS[min(failures, len(RETRY_DELAYS) - 1)])
            failures += 1

    def _on_notification(self, payload: str) -> None:
        kind, _, rest = payload.partition(" ")
        if kind == "moved":
            origin, _, room = rest.partition(" ")
            if origin != self.origin:
                self.notifications.room_changed(room)
        elif kind == "said":
            channel, _, message = rest.partition("\n")
            self.notifications.send(channel, message)

    def problem(self, error: Exception) -> StoreProblem:
        cause = error.orig if isinstance(error, DBAPIError) and error.orig is not None else error
        detail = " ".join(str(cause).split())
        state = getattr(cause, "sqlstate", None) or ""
        if state.startswith("28") or "password" in detail or "pg_hba" in detail or "role " in detail:
            return StoreProblem(f"PostgreSQL at {self.name} rejects this user: {detail}.")
        if state == "3D000" or ("database" in detail and "does not exist" in detail):
            return StoreProblem(f"PostgreSQL at {self.name} does not have this database: create it with `createdb`.")
        if state == "55P03":
            return StoreProblem(f"PostgreSQL at {self.name} is locked by a hub that does not respond. Try again.")
        if state == "53100":
            return StoreProblem(f"PostgreSQL at {self.name} has no space left on its disk.")
        if state == "42501":
            return StoreProblem(f"PostgreSQL at {self.name} does not let this user create tables: {detail}.")
        if isinstance(cause, (psycopg.OperationalError, psycopg.InterfaceError, OSError, TimeoutError)):
            return StoreProblem(f"PostgreSQL at {self.name} cannot be reached ({detail}). Is it running?")
        return StoreProblem(f"PostgreSQL at {self.name} cannot be used: {detail}.")
