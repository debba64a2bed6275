"""Jobs that wait in PostgreSQL, for whichever `fromscratch worker` is free: procrastinate's table beside the hub's."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any

import psycopg
from procrastinate import App, PsycopgConnector
from procrastinate.exceptions import AlreadyEnqueued, ConnectorException
from procrastinate.schema import SchemaManager

from cowork.rooms.base import Job
from cowork.store.contract import Store, StoreProblem

log = logging.getLogger("cowork.jobs")
TASK = "fromscratch.job"
QUEUE = "fromscratch"
VERSION = "queue.schema"  # the setting that says up to which migration of procrastinate the tables are
PREPARING = 0x71756575  # the lock under which tables are made


class SharedQueue:
    """What is left here is done by one worker, and once more if that dies. A word that cannot be left is no loss: the
    job stands in its room, and workers look for what stands there (`worker.sweep`). `store`: one that is shared."""

    def __init__(self, store: Store) -> None:
        self.store = store
        pool: dict[str, Any] = {"min_size": 1, "max_size": 4, "timeout": 20.0}
        self.app = App(connector=PsycopgConnector(conninfo=store.address, **pool))

    async def start(self) -> None:
        """Makes procrastinate's tables, or brings them up to date. Raises StoreProblem."""
        try:
            await self._prepare()
            await self.app.open_async()
        except (psycopg.Error, ConnectorException) as error:
            raise StoreProblem(f"The queue of jobs cannot be used: {error}.") from error

    async def put(self, job: Job) -> None:
        left = self.app.configure_task(TASK, queue=QUEUE, lock=job.key, queueing_lock=job.key)
        try:
            await left.defer_async(kind=job.kind, room=job.room, id=job.id)
        except AlreadyEnqueued:
            pass
        except (psycopg.Error, ConnectorException) as error:
            log.error("%s could not be queued: %s", job.key, error)

    async def known(self) -> set[str]:
        """The keys of all jobs that wait or are under way."""
        jobs = await self.app.job_manager.list_jobs_async(queue=QUEUE)
        return {job.queueing_lock for job in jobs if job.queueing_lock}

    async def close(self) -> None:
        await self.app.close_async()

    async def _prepare(self) -> None:
        migrations = sorted(Path(SchemaManager.get_migrations_path()).glob("*.sql"))
        newest = migrations[-1].name
        connection = await psycopg.AsyncConnection.connect(self.store.address)
        async with connection:  # one transaction
            await connection.execute("SELECT pg_advisory_xact_lock(%s)", (PREPARING,))
            found = await connection.execute("SELECT to_regclass('procrastinate_jobs') IS NOT NULL")
            there = (await found.fetchone()) == (True,)
            found = await connection.execute("SELECT value FROM settings WHERE name = %s", (VERSION,))
            at = (await found.fetchone() or ("",))[0]
            missing = [one.read_text() for one in migrations if one.name > at] if there and at else []
            for script in missing if there else [SchemaManager.get_schema()]:
                await connection.execute(script.encode())
            await connection.execute(
                "INSERT INTO settings VALUES (%s, %s) ON CONFLICT (name) DO UPDATE SET value = excluded.value",
                (VERSION, max(newest, at)),
            )
