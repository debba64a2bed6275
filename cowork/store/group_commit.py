"""Waiting for the disk: one wait for all who have written to a file in the meantime (group commit)."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path


class GroupCommit:
    """A file that others write to. What was written before `reached` is called is on the disk when it returns."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file: int | None = None
        self._next: asyncio.Future[None] | None = None  # the wait that has not begun
        self._task: asyncio.Task[None] | None = None

    async def reached(self) -> None:
        """Raises OSError where the disk fails."""
        if self._next is None:
            self._next = asyncio.get_running_loop().create_future()
        mine = self._next
        if self._task is None:
            self._task = asyncio.create_task(self._wait())
        await asyncio.shield(mine)

    def close(self) -> None:
        if self._file is not None:
            os.close(self._file)
            self._file = None

    async def _wait(self) -> None:
        try:
            while self._next is not None:
                waiting, self._next = self._next, None
                try:
                    await asyncio.to_thread(self._sync)
                except OSError as error:
                    waiting.set_exception(error)
                    waiting.exception()  # whoever waits is told; nobody may
                else:
                    waiting.set_result(None)
        finally:
            self._task = None

    def _sync(self) -> None:
        if self._file is not None and not os.path.samestat(os.fstat(self._file), os.stat(self._path)):
            self.close()  # another file has taken its place
        if self._file is None:
            self._file = os.open(self._path, os.O_RDWR)
        getattr(os, "fdatasync", os.fsync)(self._file)
