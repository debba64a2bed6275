"""`fromscratch worker`: processes that grade for hubs over one PostgreSQL, and die, and stop, and lose nothing."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
import pytest
from procrastinate.schema import SchemaManager

from cowork.hub.ledger import Ledger
from cowork.hub.shared_queue import SCHEMA_SETTING, SharedQueue
from cowork.hub.worker import Worker
from cowork.rooms.base import Job
from cowork.rooms.submissions import UNGRADED
from cowork.store.contract import StoreProblem
from cowork.store.postgres import PostgresStore
from cowork.store.sql import Store
from tests.support.command_line import invoke
from tests.support.postgres import PostgresServer
from tests.support.stores import room_store
from tests.support.submissions import ANNA, SubmissionGrader, correct_source, hand_in, mistaken_source, submission
from tests.support.waiting import TIMEOUT, until

pytestmark = pytest.mark.xdist_group("postgres")
OTHERS = [type(ANNA)(f"p{i}", f"P{i}", "member") for i in range(9)]


@contextmanager
def process(*command: str) -> Iterator[subprocess.Popen[str]]:
    started = subprocess.Popen([sys.executable, *command], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    try:
        yield started
    finally:
        started.kill()
        started.communicate()


async def judged(ledger: Ledger, *ids: str) -> list[Any]:
    """The submissions, once all have a verdict."""

    async def all_are() -> bool:
        return all([(await submission(ledger, id)).outcome for id in ids])

    await until(all_are, "all submissions have a verdict", 100)
    return [await submission(ledger, id) for id in ids]


async def test_a_worker_grades_what_hubs_leave_in_the_queue_and_stops_when_told(database: str) -> None:
    """The command itself, with an engine of its own; one job was never queued, since its hub died."""
    async with room_store(database) as store:
        ledger, queue = Ledger(store, lambda *_: None), SharedQueue(store)
        await queue.start()
        forgotten = await hand_in(ledger, correct_source(), "a", OTHERS[0])
        with process("-m", "tui", "worker", "--database", database, "--jobs", "2") as worker:
            ids = [
                await hand_in(ledger, source, "b", by)
                for source, by in zip(mistaken_source()[:1], OTHERS[1:], strict=False)
            ]
            for id in [*ids, *ids]:
                await queue.put(Job("grade", "r", id))
            passed, failed = await judged(ledger, forgotten, *ids)
            assert (passed.outcome, failed.outcome, failed.mistake_id) == ("passed", "failed", mistaken_source()[1])
            last = await hand_in(ledger, correct_source() + "# once more", "c", OTHERS[2])
            await queue.put(Job("grade", "r", last))
            assert [one.outcome for one in await judged(ledger, last)] == ["passed"]
            worker.send_signal(signal.SIGINT)
            said, _ = await asyncio.to_thread(worker.communicate, timeout=TIMEOUT)
            assert worker.returncode == 0 and "The worker stops" in said, said
        assert await queue.job_keys() == set()
        await queue.close()


DIES = """
import asyncio, os, sys
from cowork.hub import worker
async def dies(*_, **__):
    print("has it", flush=True)
    await asyncio.Event().wait()
worker.run_job = dies
asyncio.run(worker.work(sys.argv[1], 1, heartbeat=0.3))
"""


@pytest.fixture
def working(service: Any) -> Any:
    """Runs a worker of this process over the shared engine: `async with working(store) as worker`."""
    from contextlib import asynccontextmanager

    @asynccontextmanager
    async def run(store: Store, grader: Any = None) -> Any:
        worker = Worker(store, grader or SubmissionGrader(service), 2, heartbeat=0.3)
        task = asyncio.create_task(worker.run())
        try:
            yield worker
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    return run


async def test_a_job_whose_worker_dies_is_done_by_another(database: str, working: Any) -> None:
    async with room_store(database) as store:
        ledger = Ledger(store, lambda *_: None)
        id = await hand_in(ledger, correct_source(), "a")
        with process("-c", DIES, database) as first:
            assert first.stdout is not None
            line = await asyncio.to_thread(first.stdout.readline)
            while line and line != "has it\n":
                line = await asyncio.to_thread(first.stdout.readline)
            assert line == "has it\n"
            os.kill(first.pid, signal.SIGKILL)
        async with working(store):
            assert [one.outcome for one in await judged(ledger, id)] == ["passed"]
        assert len(await store.events("r", 0, 9)) == 2


async def test_a_job_that_kills_its_workers_is_given_up(database: str, working: Any) -> None:
    async with room_store(database) as store:
        ledger = Ledger(store, lambda *_: None)
        id = await hand_in(ledger, correct_source(), "a")
        queue = SharedQueue(store)
        await queue.start()
        await queue.put(Job("grade", "r", id))
        with psycopg.connect(database, autocommit=True) as connection:
            connection.execute("UPDATE procrastinate_jobs SET attempts = 3")
        async with working(store):
            assert [one.outcome for one in await judged(ledger, id)] == [UNGRADED]
        await queue.close()


async def test_a_worker_that_stops_leaves_its_jobs_to_others(database: str, working: Any) -> None:
    class Never:
        begun = asyncio.Event()

        async def check(self, *_: Any) -> None:
            self.begun.set()
            await asyncio.Event().wait()

    async with room_store(database) as store:
        ledger, never = Ledger(store, lambda *_: None), Never()
        id = await hand_in(ledger, correct_source(), "a")
        async with working(store, never) as worker:
            await asyncio.wait_for(never.begun.wait(), TIMEOUT)
        assert worker.interrupted == [Job("grade", "r", id)]
        async with working(store):
            assert [one.outcome for one in await judged(ledger, id)] == ["passed"]


async def test_two_workers_share_the_work_and_record_each_job_once(database: str, working: Any) -> None:
    async with room_store(database) as store, room_store(database) as other:
        ledger = Ledger(store, lambda *_: None)
        ids = [await hand_in(ledger, correct_source(), "a", by) for by in OTHERS[:6]]
        async with working(store), working(other):
            assert {one.outcome for one in await judged(ledger, *ids)} == {"passed"}
        events = await store.events("r", 0, 99)
        assert sorted(event.fact.submission for event in events if event.by == "hub") == sorted(ids)


async def test_a_worker_outlives_its_database(
    database: str, working: Any, postgres_server: PostgresServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cowork.hub.worker.RETRY_DELAY", 0.1)
    async with room_store(database) as store:
        ledger = Ledger(store, lambda *_: None)
        async with working(store):
            first = await hand_in(ledger, correct_source(), "a")
            assert [one.outcome for one in await judged(ledger, first)] == ["passed"]
            postgres_server.stop(signal.SIGQUIT)
            await asyncio.sleep(0.5)  # long enough for it to notice
            postgres_server.start()
            second = await hand_in(ledger, correct_source() + "# once more", "b")
            assert [one.outcome for one in await judged(ledger, second)] == ["passed"]


async def test_tables_of_an_older_queue_are_brought_up_to_date(database: str, working: Any) -> None:
    """The tables of procrastinate 3.2, made from its own migrations, serve a worker of today."""
    at = "03.02.99"
    async with room_store(database) as store:
        with psycopg.connect(database) as connection:
            for migration in sorted(Path(SchemaManager.get_migrations_path()).glob("*.sql")):
                if migration.name < at:
                    connection.execute(migration.read_bytes())
                    connection.commit()
        await store.put(SCHEMA_SETTING, at)
        ledger = Ledger(store, lambda *_: None)
        id = await hand_in(ledger, correct_source(), "a")
        async with working(store):
            assert [one.outcome for one in await judged(ledger, id)] == ["passed"]
        newest = await store.get(SCHEMA_SETTING)
        assert newest is not None and newest > at


def test_a_worker_without_a_postgresql_says_so(tmp_path: Path) -> None:
    result = invoke("worker", "--database", tmp_path / "hub.db")
    assert result.exit_code == 1 and "postgresql://" in result.output
    result = invoke("worker", "--database", f"postgresql://x@/hub?host={tmp_path}")
    assert result.exit_code == 1 and "cannot be reached" in result.output


@pytest.mark.parametrize("command", ["host", "worker"])
def test_a_secret_does_not_stand_on_the_command_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, command: str
) -> None:
    url = f"postgresql://ann:hunter2@/hub?host={tmp_path}"
    result = invoke(command, "--database", url)
    assert result.exit_code == 2 and "FROMSCRATCH_DATABASE" in result.output and "hunter2" not in result.output
    (tmp_path / "database.url").write_text(f"{url}\n")
    data = ["--data", tmp_path / "data", "--port", "0"] if command == "host" else []
    result = invoke(command, "--database-file", tmp_path / "database.url", *data)
    assert result.exit_code == 1 and "cannot be reached" in result.output and "hunter2" not in result.output
    monkeypatch.setenv("FROMSCRATCH_DATABASE", url)
    assert "cannot be reached" in invoke(command, *data).output
    (tmp_path / "database.url").write_text("")
    assert "one line" in invoke(command, "--database-file", tmp_path / "database.url").output
    assert "cannot be read" in invoke(command, "--database-file", tmp_path / "none").output


def test_store_problems_are_told(tmp_path: Path) -> None:
    with pytest.raises(StoreProblem):
        asyncio.run(SharedQueue(PostgresStore(f"postgresql://x@/hub?host={tmp_path}", 1.0)).start())
