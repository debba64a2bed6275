"""The store of hubs that share a PostgreSQL, and notify each other through it."""

from __future__ import annotations

import asyncio
import contextlib
import secrets
from collections.abc import Iterator, Sequence
from contextlib import AbstractAsyncContextManager
from functools import partial
from typing import Any

import psycopg
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from sqlalchemy import text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.util import greenlet_spawn

from cowork.rooms.base import Event
from cowork.store.contract import StoreProblem
from cowork.store.direct import Direct
from cowork.store.notifier import RETRY_DELAYS, Notifier
from cowork.store.sql import Store
from cowork.store.transaction import Transaction, transaction

CHANNEL = "fromscratch"
CHECK_INTERVAL = 10.0  # seconds without a notification after which the listening connection is checked
MAX_PAYLOAD = 7_000  # bytes
SCHEMA_LOCK = 0x66726F6D  # the advisory lock for creating the tables
# keepalives detect a server that is gone
OPTIONS = {"connect_timeout": 10, "keepalives_idle": 10, "keepalives_interval": 5, "keepalives_count": 3}
# a hub that hangs inside a transaction must not lock its room forever
TIMEOUTS = "-c idle_in_transaction_session_timeout=10s -c lock_timeout=30s"


class PostgresStore(Store):
    """A store over PostgreSQL."""

    shared = can_append = True

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
            "postgresql+psycopg://", async_creator=self._connect, pool_size=5, max_overflow=0, pool_timeout=60.0,
            pool_pre_ping=True,
        )  # fmt: skip
        self.writer = self.pool.sync_engine.execution_options(preserve_rowcount=True)
        self.reader = self.pool.sync_engine.execution_options(isolation_level="AUTOCOMMIT")
        self.direct = Direct(partial(self._connect, autocommit=True))
        self.notifier = Notifier(partial(self.direct.notify, CHANNEL))

    def transaction(self, write: bool) -> AbstractAsyncContextManager[Transaction]:
        return transaction(self.writer if write else self.reader, greenlet_spawn)

    async def dispose(self) -> None:
        await self.direct.close()
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
        await self.notifier.close()
        await super().close()

    def insert(self, table: Any) -> Any:
        return insert(table)

    def on_stored(self, room: str) -> None:
        self.notifier.put(f"moved {self.origin} {room}")

    async def append(self, room: str, events: Sequence[Event[Any]]) -> bool:
        try:
            with self._explained():
                return await self.direct.append(room, events)
        finally:
            self.on_stored(room)

    async def events(self, room: str, since: int, limit: int) -> list[Event[Any]]:
        with self._explained():
            return await self.direct.events(room, since, limit)

    @contextlib.contextmanager
    def _explained(self) -> Iterator[None]:
        """Raises StoreProblem for an error of the driver."""
        try:
            yield
        except (psycopg.Error, OSError) as error:
            raise self.problem(error) from error

    async def check(self, connection: Transaction) -> None:
        await connection.execute(text(f"SELECT pg_advisory_xact_lock({SCHEMA_LOCK})"))

    async def publish(self, channel: str, payload: str) -> None:
        if len(payload.encode()) > MAX_PAYLOAD:
            raise ValueError(f"A notification has at most {MAX_PAYLOAD} bytes.")
        with self._explained():
            await self.notifier.send(f"said {channel}\n{payload}")

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
