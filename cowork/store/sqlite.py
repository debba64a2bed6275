"""The store of a hub on a laptop: one SQLite file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from sqlalchemy import event, inspect
from sqlalchemy.dialects.sqlite import insert
from sqlalchemy.exc import DBAPIError, TimeoutError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlalchemy.pool import AsyncAdaptedQueuePool

from cowork.store import tables
from cowork.store.contract import StoreProblem
from cowork.store.disk import Disk
from cowork.store.sql import SqlStore
from cowork.store.transaction import Transaction

BUSY = 10.0  # seconds to wait for another process that writes
READERS = 4
# Readers never wait for the writer (WAL). NORMAL: a commit does not wait for the disk; `settle` does, for all commits
# of a moment at once, before any of them is acknowledged.
PRAGMAS = ("journal_mode = WAL", "synchronous = NORMAL", "foreign_keys = ON")


class SqliteStore(SqlStore):
    def __init__(self, path: Path, poll: float) -> None:
        self.path = path
        self.disk = Disk(path.with_name(path.name + "-wal"))
        super().__init__(self._engine(1, "BEGIN IMMEDIATE"), self._engine(READERS), poll)

    def _engine(self, size: int, begin: str = "") -> AsyncEngine:
        """`size` connections at most; whoever finds none free waits for their turn. `begin`: with what a transaction
        begins; a read is a single statement and needs none."""
        engine = create_async_engine(
            f"sqlite+aiosqlite:///{self.path}", poolclass=AsyncAdaptedQueuePool,
            pool_size=size, max_overflow=0, pool_timeout=60.0, connect_args={"timeout": BUSY},
        )  # fmt: skip

        @event.listens_for(engine.sync_engine, "connect")
        def prepare(connection: Any, _: Any) -> None:
            connection.isolation_level = None  # the driver begins nothing by itself
            cursor = connection.cursor()
            for pragma in PRAGMAS:
                cursor.execute(f"PRAGMA {pragma}")
            cursor.close()

        if begin:

            @event.listens_for(engine.sync_engine, "begin")
            def begins(connection: Any) -> None:
                connection.exec_driver_sql(begin)

        return engine

    async def settle(self) -> None:
        await self.disk.reached()

    async def close(self) -> None:
        self.disk.close()  # before SQLite removes the file
        await super().close()

    def insert(self, table: Any) -> Any:
        return insert(table)

    async def check(self, connection: Transaction) -> None:
        found = await connection.run_sync(lambda sync: inspect(sync).get_table_names())
        if found and not set(found) >= set(tables.meta.tables):
            raise StoreProblem(f"{self.path} is the database of another program. Name another file.")

    def problem(self, error: Exception) -> StoreProblem:
        said = str(error.orig if isinstance(error, DBAPIError) else error)
        if isinstance(error, TimeoutError):
            return StoreProblem("Too much waits for the hub's store at once. Try again.")
        if "not a database" in said or "malformed" in said:
            return StoreProblem(f"{self.path} is damaged or not a database ({said}). Name another file.")
        if "unable to open" in said or "is not a directory" in said.lower():
            return StoreProblem(f"{self.path} cannot be opened: its folder must exist and be yours to write to.")
        if "readonly" in said:
            return StoreProblem(f"{self.path} cannot be written to: look at its permissions and its folder's.")
        if "is full" in said or "disk I/O" in said:
            return StoreProblem(f"{self.path} cannot grow ({said}): make room on its disk.")
        if "locked" in said:
            return StoreProblem(f"{self.path} is in use by another program that does not let go of it.")
        return StoreProblem(f"{self.path} cannot be used: {said}.")
