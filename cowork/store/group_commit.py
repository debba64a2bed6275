"""Group commit: one fdatasync for all transactions that were written to a file in the meantime."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path


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
