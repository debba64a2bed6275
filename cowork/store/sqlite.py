"""The store of a single hub, in a SQLite file."""

from __future__ import annotations

import asyncio
import contextlib
import os
import sqlite3
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
from cowork.store.sql import Store
from cowork.store.transaction import Run, Transaction, transaction

BUSY_TIMEOUT = 10.0  # seconds to wait for a different process that writes
READERS = 4
# With WAL, readers do not wait for the writer. With NORMAL, a commit does not wait for the disk; `disk.sync` does, once
# for several commits, before any of them is acknowledged.
# With secure_delete, what is removed is overwritten in the file.
PRAGMAS = ("journal_mode = WAL", "synchronous = NORMAL", "foreign_keys = ON", "secure_delete = ON")


class GroupCommit:
    """Syncs a file that others write to. Data written before `sync` is called is on the disk when it returns."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file: int | None = None
        self._next: asyncio.Future[None] | None = None  # the sync that has not started
        self._task: asyncio.Task[None] | None = None

    async def sync(self) -> None:
        """Waits until the data is on the disk. Raises OSError."""
        if self._next is None:
            self._next = asyncio.get_running_loop().create_future()
        synced = self._next
        if self._task is None:
            self._task = asyncio.create_task(self._run())
        await asyncio.shield(synced)

    def close(self) -> None:
        if self._file is not None:
            os.close(self._file)
            self._file = None

    async def _run(self) -> None:
        try:
            while self._next is not None:
                synced, self._next = self._next, None
                try:
                    await asyncio.to_thread(self._fdatasync)
                except OSError as error:
                    synced.set_exception(error)
                    synced.exception()  # marks it as retrieved: all callers may have been cancelled
                else:
                    synced.set_result(None)
        finally:
            self._task = None

    def _fdatasync(self) -> None:
        if self._file is not None and not os.path.samestat(os.fstat(self._file), os.stat(self._path)):
            self.close()  # SQLite has replaced the file
        if self._file is None:
            self._file = os.open(self._path, os.O_RDWR)
        getattr(os, "fdatasync", os.fsync)(self._file)


class SqliteStore(Store):
    """A store over SQLite. Statements run in threads, in few steps, because each step waits for the interpreter lock
    twice."""

    def __init__(self, path: Path, poll: float) -> None:
        super().__init__(poll)
        self.path = path
        self.disk = GroupCommit(path.with_name(path.name + "-wal"))
        self.writer, self.reader = self._engine(1, "BEGIN IMMEDIATE"), self._engine(READERS)
        self._write = ThreadPoolExecutor(1, "hub-writes")
        self._read = ThreadPoolExecutor(READERS, "hub-reads")
        # waiting for a connection in a thread would block the thread that returns one
        self._write_lock, self._read_slots = asyncio.Lock(), asyncio.Semaphore(READERS)

    def _engine(self, size: int, begin: str = "") -> Engine:
        """Creates an engine with up to `size` connections. `begin`: the statement that begins a transaction; reads are
        single statements and need none."""
        engine = create_engine(
            f"sqlite:///{self.path}", poolclass=QueuePool, pool_size=size, max_overflow=0,
            connect_args={"timeout": BUSY_TIMEOUT, "check_same_thread": False},
            execution_options={"preserve_rowcount": True},
        )  # fmt: skip

        @event.listens_for(engine, "connect")
        def prepare(connection: Any, _: Any) -> None:
            connection.isolation_level = None  # the driver must not begin transactions
            for pragma in PRAGMAS:
                connection.execute(f"PRAGMA {pragma}").close()

        if begin:

            @event.listens_for(engine, "begin")
            def begin_transaction(connection: Connection) -> None:
                connection.exec_driver_sql(begin)

        return engine

    def _in(self, threads: ThreadPoolExecutor) -> Run:
        return partial(asyncio.get_running_loop().run_in_executor, threads)

    @contextlib.asynccontextmanager
    async def transaction(self, write: bool) -> AsyncIterator[Transaction]:
        if not write:
            async with self._read_slots, transaction(self.reader, self._in(self._read)) as connection:
                yield connection
            return
        async with self._write_lock, transaction(self.writer, self._in(self._write)) as connection:
            yield connection
        await self.disk.sync()

    async def purge(self) -> None:
        """Writes the log of changes into the file and empties it, since it holds what the file held before."""

        def checkpoint() -> None:
            connection = self.writer.raw_connection()
            try:
                with contextlib.suppress(sqlite3.Error):  # what was erased is stored; the next checkpoint comes
                    connection.cursor().execute("PRAGMA wal_checkpoint(TRUNCATE)").close()
            finally:
                connection.close()

        async with self._write_lock:
            await self._in(self._write)(checkpoint)

    async def dispose(self) -> None:
        self.disk.close()  # before SQLite removes the file
        for threads, engine in ((self._write, self.writer), (self._read, self.reader)):
            await self._in(threads)(engine.dispose)
            threads.shutdown(wait=False)

    def insert(self, table: Any) -> Any:
        return insert(table)

    async def check(self, connection: Transaction) -> None:
        names = await connection.run(lambda sync: inspect(sync).get_table_names())
        if names and not set(names) >= set(tables.meta.tables) - tables.ADDED_TABLES:
            raise StoreProblem(f"{self.path} is the database of a different program. Choose a different file.")

    def problem(self, error: Exception) -> StoreProblem:
        detail = str(error.orig if isinstance(error, DBAPIError) else error)
        if isinstance(error, TimeoutError):
            return StoreProblem("The hub's store is overloaded. Try again.")
        if "not a database" in detail or "malformed" in detail:
            return StoreProblem(f"{self.path} is damaged or not a database ({detail}). Choose a different file.")
        if "unable to open" in detail or "is not a directory" in detail.lower():
            return StoreProblem(f"{self.path} cannot be opened: its folder must exist and be writable.")
        if "readonly" in detail:
            return StoreProblem(f"{self.path} is read-only: check its permissions and its folder's.")
        if "is full" in detail or "disk I/O" in detail:
            return StoreProblem(f"{self.path} cannot be extended ({detail}): free space on its disk.")
        if "locked" in detail:
            return StoreProblem(f"{self.path} is locked by a different program.")
        return StoreProblem(f"{self.path} cannot be used: {detail}.")
