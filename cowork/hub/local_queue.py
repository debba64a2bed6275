"""The queue of jobs in the hub's own process, for a hub over SQLite."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Protocol

from cowork.rooms.base import Job

log = logging.getLogger("cowork.jobs")
CONCURRENCY = 2
RETRY_DELAYS = (1.0, 5.0, 30.0)  # seconds after a failure; the last one repeats
Work = Callable[[Job], Awaitable[None]]


class JobQueue(Protocol):
    """Where a hub puts jobs. Putting a queued job again has no effect."""

    async def start(self) -> None: ...

    async def put(self, job: Job) -> None: ...

    async def close(self) -> None:
        """Abandons running jobs. They are still in their rooms, and the hub puts them again at its next start."""


class LocalQueue:
    """Runs jobs in order, `concurrency` at a time."""

    def __init__(self, work: Work, concurrency: int = CONCURRENCY) -> None:
        self._work, self._concurrency = work, concurrency
        self._jobs: set[Job] = set()  # queued or running
        self._queue: asyncio.Queue[tuple[Job, int]] = asyncio.Queue()
        self._workers: list[asyncio.Task[None]] = []

    async def start(self) -> None:
        self._workers = [asyncio.create_task(self._run_jobs()) for _ in range(self._concurrency)]

    async def put(self, job: Job) -> None:
        if job not in self._jobs:
            self._jobs.add(job)
            self._queue.put_nowait((job, 0))

    async def close(self) -> None:
        for worker in self._workers:
            worker.cancel()
        await asyncio.gather(*self._workers, return_exceptions=True)

    async def _run_jobs(self) -> None:
        while True:
            job, failures = await self._queue.get()
            try:
                await self._work(job)
            except Exception:
                delay = RETRY_DELAYS[min(failures, len(RETRY_DELAYS) - 1)]
                log.exception("%s failed; retrying in %g s", job.key, delay)
                asyncio.get_running_loop().call_later(delay, self._queue.put_nowait, (job, failures + 1))
            else:
                self._jobs.discard(job)
