"""A process that does the jobs of hubs over one PostgreSQL. As many as one likes may run, on any machines."""

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

from cowork.hub.grading_jobs import carry_out, hub_grader
from cowork.hub.ledger import Ledger
from cowork.hub.shared_queue import QUEUE, TASK, SharedQueue
from cowork.hub.webhook import Webhooks
from cowork.refusal import Refusal
from cowork.rooms.base import Job
from cowork.store.contract import Store, StoreProblem
from cowork.store.sql import open_store
from grader.check import Grader

log = logging.getLogger("cowork.jobs")
HEARTBEAT = 10.0  # seconds; a worker that was not heard of for three times as long is taken for dead
PAUSE = 5.0  # seconds before it tries again where the database cannot be reached
DEATHS = 3  # of workers at one job, before it is given up


class Worker:
    """`at_once`: jobs side by side."""

    def __init__(self, store: Store, grader: Grader, at_once: int, heartbeat: float = HEARTBEAT) -> None:
        self.store, self.grader, self.at_once, self.heartbeat = store, grader, at_once, heartbeat
        self.webhooks = Webhooks(store)  # verdicts are stored here, so they are posted from here
        self.ledger = Ledger(store, self.webhooks.happened)
        self.queue = SharedQueue(store)
        self.broken_off: list[Job] = []
        self.queue.app.task(name=TASK, queue=QUEUE, pass_context=True)(self.do)

    async def do(self, context: JobContext, kind: str, room: str, id: str) -> None:
        job, began = Job(kind, room, id), time.monotonic()
        try:
            await carry_out(job, self.ledger, self.store, self.grader, give_up=context.job.attempts >= DEATHS)
        except asyncio.CancelledError:
            self.broken_off.append(job)
            raise
        except (Refusal, StoreProblem) as error:
            log.error("%s could not be recorded, and is done once more: %s", job.key, error)
        else:
            log.info("%s: done in %.1f s", job.key, time.monotonic() - began)

    async def run(self) -> None:
        """Works until it is cancelled; what is under way then is left for others."""
        await self.queue.start()
        log.info("takes what hubs leave to be graded, %d at a time; Ctrl-C stops it", self.at_once)
        try:
            await self.webhooks.start()
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self._look_after())
                tasks.create_task(self._work())
        finally:
            for job in self.broken_off:
                await self.queue.put(job)
            await self.webhooks.close()
            await self.queue.close()

    async def _work(self) -> None:
        while True:
            with _patience():
                await self.queue.app.run_worker_async(
                    queues=[QUEUE], concurrency=self.at_once, install_signal_handlers=False, delete_jobs="always",
                    shutdown_graceful_timeout=0, update_heartbeat_interval=self.heartbeat,
                    stalled_worker_timeout=3 * self.heartbeat, fetch_job_polling_interval=self.heartbeat,
                )  # fmt: skip
            await asyncio.sleep(PAUSE)

    async def _look_after(self) -> None:
        while True:
            with _patience():
                await self.rescue()
                await sweep(self.store, self.ledger, self.queue)
            await asyncio.sleep(2 * self.heartbeat)

    async def rescue(self) -> None:
        """Takes jobs away from workers that died at them, for the next one that is free."""
        manager = self.queue.app.job_manager
        for job in await manager.get_stalled_jobs(queue=QUEUE, seconds_since_heartbeat=3 * self.heartbeat):
            log.warning("the worker that had %s is gone; it is done once more", job.queueing_lock)
            try:
                await manager.retry_job(job)
            except ConnectorException:  # the same waits already, or somebody was faster
                with contextlib.suppress(ConnectorException):
                    await manager.finish_job(job, Status.FAILED, delete_job=True)


async def sweep(store: Store, ledger: Ledger, queue: SharedQueue) -> None:
    """Queues what stands in a room to be done and is in no queue: its hub died before it could say so, or the job
    failed."""
    known = await queue.known()
    for row in await store.rooms():
        await ledger.catch_up(row.id)
        for job in (await ledger.room(row.id)).jobs():
            if job.key not in known:
                await queue.put(job)


@contextlib.contextmanager
def _patience() -> Iterator[None]:
    try:
        yield
    except (ConnectorException, StoreProblem, Refusal, psycopg.Error, OSError) as error:
        log.error("the database cannot be reached: %s", error)


async def work(database: str, at_once: int | None = None, heartbeat: float = HEARTBEAT, trusting: bool = False) -> None:
    """Runs a worker over a PostgreSQL until it is cancelled. Raises StoreProblem or Refusal where it cannot begin."""
    store = open_store(database)
    if not store.shared:
        raise StoreProblem("Workers need a hub over PostgreSQL (postgresql://…); a hub over a file grades by itself.")
    await store.open()
    try:
        async with hub_grader(trusting) as grader:
            await Worker(store, grader, at_once or max(1, (os.cpu_count() or 2) // 2), heartbeat).run()
    finally:
        await store.close()
