"""Jobs that wait, in the hub's own process: for a hub on a laptop."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Protocol

from cowork.rooms.base import Job

log = logging.getLogger("cowork.jobs")
AT_ONCE = 2
PAUSES = (1.0, 5.0, 30.0)  # seconds before a job that failed is tried again; the last one repeats
Work = Callable[[Job], Awaitable[None]]


class Queue(Protocol):
    """Where a hub leaves jobs. A job that waits already is not doubled, so one may leave it again to be sure."""

    async def start(self) -> None: ...

    async def put(self, job: Job) -> None: ...

    async def close(self) -> None:
        """Lets go of jobs under way; they still stand in their room, and are taken up at the next start."""


class LocalQueue:
    """Does jobs in the order they came, `at_once` side by side."""

    def __init__(self, work: Work, at_once: int = AT_ONCE) -> None:
        self._work, self._at_once = work, at_once
        self._known: set[Job] = set()
        self._waiting: asyncio.Queue[tuple[Job, int]] = asyncio.Queue()
        self._workers: list[asyncio.Task[None]] = []

    async def start(self) -> None:
        self._workers = [asyncio.create_task(self._go_on()) for _ in range(self._at_once)]

    async def put(self, job: Job) -> None:
        if job not in self._known:
            self._known.add(job)
            self._waiting.put_nowait((job, 0))

    async def close(self) -> None:
        for worker in self._workers:
            worker.cancel()
        await asyncio.gather(*self._workers, return_exceptions=True)

    async def _go_on(self) -> None:
        while True:
            job, failures = await self._waiting.get()
            try:
                await self._work(job)
            except Exception:
                pause = PAUSES[min(failures, len(PAUSES) - 1)]
                log.exception("%s failed; it is tried again in %g s", job.key, pause)
                asyncio.get_running_loop().call_later(pause, self._waiting.put_nowait, (job, failures + 1))
            else:
                self._known.discard(job)
