"""The queue of jobs in PostgreSQL, for `fromscratch worker` processes. procrastinate keeps it in the hub's database."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any

import psycopg
from procrastinate import App, PsycopgConnector
from procrastinate.exceptions import AlreadyEnqueued, ConnectorException
from procrastinate.schema import SchemaManager

from cowork.rooms.base import Job
from cowork.store.contract import StoreProblem
from cowork.store.sql import Store

log = logging.getLogger("cowork.jobs")
TASK = "fromscratch.job"
QUEUE = "fromscratch"
MAX_REMEMBERED = 50  # jobs of a member
SCHEMA_SETTING = "queue.schema"  # names procrastinate's last migration that the tables have
SCHEMA_LOCK = 0x71756575  # the advisory lock for creating and migrating the tables


class SharedQueue:
    """Each job is run by one worker, and again if that worker dies. A job that cannot be queued is not lost: workers
    find it in its room (`worker.sweep`). `store` must be shared."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self._waiting: dict[str, list[str]] = {}  # keys of the jobs that each member may have in the queue
        pool: dict[str, Any] = {"min_size": 1, "max_size": 4, "timeout": 20.0}
        self.app = App(connector=PsycopgConnector(conninfo=store.address, **pool))

    async def start(self) -> None:
        """Creates or migrates procrastinate's tables. Raises StoreProblem."""
        try:
            await self._prepare()
            await self.app.open_async()
        except (psycopg.Error, ConnectorException) as error:
            raise StoreProblem(f"The queue of jobs cannot be used: {error}.") from error

    async def put(self, job: Job, by: str = "") -> None:
        # the n-th job that a member has waiting comes after the earlier jobs of all others
        self._waiting[by] = [key for key in self._waiting.get(by, []) if key != job.key][-MAX_REMEMBERED:]
        try:
            queued = await self.job_keys() if self._waiting[by] else set()
        except (psycopg.Error, ConnectorException) as error:
            log.error("%s could not be queued: %s", job.key, error)
            return
        self._waiting[by] = [key for key in self._waiting[by] if key in queued]
        priority = -len(self._waiting[by])
        self._waiting[by].append(job.key)
        task = self.app.configure_task(TASK, queue=QUEUE, lock=job.key, queueing_lock=job.key, priority=priority)
        try:
            await task.defer_async(kind=job.kind, room=job.room, id=job.id)
        except AlreadyEnqueued:
            pass
        except (psycopg.Error, ConnectorException) as error:
            log.error("%s could not be queued: %s", job.key, error)

    async def job_keys(self) -> set[str]:
        """Returns the keys of the queued and running jobs."""
        jobs = await self.app.job_manager.list_jobs_async(queue=QUEUE)
        return {job.queueing_lock for job in jobs if job.queueing_lock}

    async def close(self) -> None:
        await self.app.close_async()

    async def _prepare(self) -> None:
        migrations = sorted(Path(SchemaManager.get_migrations_path()).glob("*.sql"))
        newest = migrations[-1].name
        connection = await psycopg.AsyncConnection.connect(self.store.address)
        async with connection:  # one transaction
            await connection.execute("SELECT pg_advisory_xact_lock(%s)", (SCHEMA_LOCK,))
            cursor = await connection.execute("SELECT to_regclass('procrastinate_jobs') IS NOT NULL")
            exists = (await cursor.fetchone()) == (True,)
            cursor = await connection.execute("SELECT value FROM settings WHERE name = %s", (SCHEMA_SETTING,))
            last = (await cursor.fetchone() or ("",))[0]
            missing = [migration.read_text() for migration in migrations if migration.name > last] if last else []
            for script in missing if exists else [SchemaManager.get_schema()]:
                await connection.execute(script.encode())
            await connection.execute(
                "INSERT INTO settings VALUES (%s, %s) ON CONFLICT (name) DO UPDATE SET value = excluded.value",
                (SCHEMA_SETTING, max(newest, last)),
            )
