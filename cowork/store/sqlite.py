"""The store of a hub on a laptop: one SQLite file."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, inspect
from sqlalchemy.dialects.sqlite import insert
from sqlalchemy.exc import DBAPIError, TimeoutError
from sqlalchemy.pool import QueuePool

from cowork.store import tables
from cowork.store.contract import StoreProblem
from cowork.store.group_commit import GroupCommit
from cowork.store.sql import SqlStore
from cowork.store.transaction import Run, Transaction, transaction

BUSY = 10.0  # seconds to wait for another process that writes
READERS = 4
# Readers never wait for the writer (WAL). NORMAL: a commit does not wait for the disk; `disk.reached` does, for all
# commits of a moment at once, before any of them is acknowledged.
PRAGMAS = ("journal_mode = WAL", "synchronous = NORMAL", "foreign_keys = ON")


class SqliteStore(SqlStore):
    """Statements run in threads, as few steps as can be: each way there and back waits for the interpreter's lock."""

    def __init__(self, path: Path, poll: float) -> None:
        super().__init__(poll)
        self.path = path
        self.disk = GroupCommit(path.with_name(path.name + "-wal"))
        self.writer, self.reader = self._engine(1, "BEGIN IMMEDIATE"), self._engine(READERS)
        self._write = ThreadPoolExecutor(1, "hub-writes")
        self._read = ThreadPoolExecutor(READERS, "hub-reads")
        # whoever finds no connection free waits here, and not in a thread: that is needed to give one back
        self._turn, self._turns = asyncio.Lock(), asyncio.Semaphore(READERS)

    def _engine(self, size: int, begin: str = "") -> Engine:
        """`size` connections at most. `begin`: with what a transaction begins; a read is a single statement and needs
        none."""
        engine = create_engine(
            f"sqlite:///{self.path}", poolclass=QueuePool, pool_size=size, max_overflow=0,
            connect_args={"timeout": BUSY, "check_same_thread": False}, execution_options={"preserve_rowcount": True},
        )  # fmt: skip

        @event.listens_for(engine, "connect")
        def prepare(connection: Any, _: Any) -> None:
            connection.isolation_level = None  # the driver begins nothing by itself
            for pragma in PRAGMAS:
                connection.execute(f"PRAGMA {pragma}").close()

        if begin:

            @event.listens_for(engine, "begin")
            def begins(connection: Connection) -> None:
                connection.exec_driver_sql(begin)

        return engine

    def _in(self, threads: ThreadPoolExecutor) -> Run:
        return partial(asyncio.get_running_loop().run_in_executor, threads)

    @contextlib.asynccontextmanager
    async def transaction(self, write: bool) -> AsyncIterator[Transaction]:
        if not write:
            async with self._turns, transaction(self.reader, self._in(self._read)) as one:
                yield one
            return
        async with self._turn, transaction(self.writer, self._in(self._write)) as one:
            yield one
        await self.disk.reached()

    async def dispose(self) -> None:
        self.disk.close()  # before SQLite removes the file
        for threads, engine in ((self._write, self.writer), (self._read, self.reader)):
            await self._in(threads)(engine.dispose)
            threads.shutdown(wait=False)

    def insert(self, table: Any) -> Any:
        return insert(table)

    async def check(self, connection: Transaction) -> None:
        found = await connection.run(lambda sync: inspect(sync).get_table_names())
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
