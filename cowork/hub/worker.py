"""A process that runs the jobs of hubs over one PostgreSQL. Any number of workers can run, on any machines."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import time
from collections.abc import Iterator

import psycopg
from procrastinate import JobContext
from procrastinate.exceptions import ConnectorException
from procrastinate.jobs import Status

from cowork.hub.grading_jobs import hub_grader, run_job
from cowork.hub.ledger import Ledger
from cowork.hub.shared_queue import QUEUE, TASK, SharedQueue
from cowork.hub.webhook import Webhooks
from cowork.refusal import Refusal
from cowork.rooms.base import Job
from cowork.store.contract import StoreProblem
from cowork.store.open_store import open_store
from cowork.store.sql import Store
from grader.check import Grader

log = logging.getLogger("cowork.jobs")
HEARTBEAT = 10.0  # seconds; a worker whose heartbeat is three times as old is considered dead
RETRY_DELAY = 5.0  # seconds, when the database cannot be reached
MAX_ATTEMPTS = 3  # workers that die during one job before it is given up


class Worker:
    """Runs up to `concurrency` jobs at the same time."""

    def __init__(self, store: Store, grader: Grader, concurrency: int, heartbeat: float = HEARTBEAT) -> None:
        self.store, self.grader, self.concurrency, self.heartbeat = store, grader, concurrency, heartbeat
        self.webhooks = Webhooks(store)  # the process that stores a verdict posts it
        self.ledger = Ledger(store, self.webhooks.on_events)
        self.queue = SharedQueue(store)
        self.interrupted: list[Job] = []
        self.queue.app.task(name=TASK, queue=QUEUE, pass_context=True)(self.run_job)

    async def run_job(self, context: JobContext, kind: str, room: str, id: str) -> None:
        job, started = Job(kind, room, id), time.monotonic()
        try:
            await run_job(job, self.ledger, self.store, self.grader, give_up=context.job.attempts >= MAX_ATTEMPTS)
        except asyncio.CancelledError:
            self.interrupted.append(job)
            raise
        except (Refusal, StoreProblem) as error:
            log.error("%s could not be recorded and will run again: %s", job.key, error)
        else:
            log.info("%s: done in %.1f s", job.key, time.monotonic() - started)

    async def run(self) -> None:
        """Runs jobs until it is cancelled, then puts the interrupted ones back into the queue."""
        await self.queue.start()
        log.info("running the hubs' grading jobs, %d at a time; Ctrl-C stops the worker", self.concurrency)
        try:
            await self.webhooks.start()
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self._maintain())
                tasks.create_task(self._work())
        finally:
            for job in self.interrupted:
                await self.queue.put(job)
            await self.webhooks.close()
            await self.queue.close()

    async def _work(self) -> None:
        while True:
            with _log_errors():
                await self.queue.app.run_worker_async(
                    queues=[QUEUE], concurrency=self.concurrency, install_signal_handlers=False, delete_jobs="always",
                    shutdown_graceful_timeout=0, update_heartbeat_interval=self.heartbeat,
                    stalled_worker_timeout=3 * self.heartbeat, fetch_job_polling_interval=self.heartbeat,
                )  # fmt: skip
            await asyncio.sleep(RETRY_DELAY)

    async def _maintain(self) -> None:
        while True:
            with _log_errors():
                await self.rescue()
                await sweep(self.store, self.ledger, self.queue)
            await asyncio.sleep(2 * self.heartbeat)

    async def rescue(self) -> None:
        """Puts the jobs of dead workers back into the queue."""
        manager = self.queue.app.job_manager
        for job in await manager.get_stalled_jobs(queue=QUEUE, seconds_since_heartbeat=3 * self.heartbeat):
            log.warning("the worker that ran %s has died; the job will run again", job.queueing_lock)
            try:
                await manager.retry_job(job)
            except ConnectorException:  # it is queued already, or a different worker was faster
                with contextlib.suppress(ConnectorException):
                    await manager.finish_job(job, Status.FAILED, delete_job=True)


async def sweep(store: Store, ledger: Ledger, queue: SharedQueue) -> None:
    """Queues the rooms' jobs that are not queued because their hub died, or because they failed."""
    keys = await queue.job_keys()
    for row in await store.rooms():
        await ledger.catch_up(row.id)
        for job in (await ledger.room(row.id)).jobs():
            if job.key not in keys:
                await queue.put(job)


@contextlib.contextmanager
def _log_errors() -> Iterator[None]:
    try:
        yield
    except (ConnectorException, StoreProblem, Refusal, psycopg.Error, OSError) as error:
        log.error("the database cannot be reached: %s", error)


async def work(
    database: str, concurrency: int | None = None, heartbeat: float = HEARTBEAT, trusting: bool = False
) -> None:
    """Runs a worker over a PostgreSQL until it is cancelled. Raises StoreProblem or Refusal if it cannot start."""
    store = open_store(database)
    if not store.shared:
        raise StoreProblem("Workers need a hub over PostgreSQL (postgresql://…); a hub over SQLite grades by itself.")
    await store.open()
    try:
        async with hub_grader(trusting) as grader:
            await Worker(store, grader, concurrency or max(1, (os.cpu_count() or 2) // 2), heartbeat).run()
    finally:
        await store.close()
