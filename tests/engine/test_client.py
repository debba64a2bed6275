"""Tests of the engine from the client's side: parallel jobs, cancellation, time limits, crashes and clean-up."""

from __future__ import annotations

import asyncio
import os
import signal
import tempfile
import time
from pathlib import Path
from typing import Any

import pytest

from engine import client
from engine.client import Engine
from engine.errors import EngineError
from engine.scratch import PREFIX
from tests.support.processes import until_exited
from tests.support.waiting import TIMEOUT, until


async def collect_events(engine: Engine, target: str, request: dict[str, Any], limit: float = 30.0) -> list[Any]:
    job = await engine.submit(f"tests.support.engine_jobs:{target}", request, limit)
    return [event async for event in job.events()]


async def test_jobs_of_one_engine() -> None:
    engine = Engine()
    await engine.start()
    results = await asyncio.gather(*(collect_events(engine, "echo", {"n": n}) for n in range(10)))
    assert [event["request"]["n"] for [event] in results] == list(range(10))
    assert all(event["torch"] for [event] in results)  # loaded before the fork
    assert len({event["pid"] for [event] in results}) == 10

    [event] = await collect_events(engine, "fail", {})
    assert "on purpose" in event["fault"]
    [event] = await collect_events(engine, "missing", {})
    assert "missing" in event["fault"]

    started = time.monotonic()
    [event] = await collect_events(engine, "sleep", {"seconds": 60}, limit=0.5)
    assert time.monotonic() - started < 10
    await until_exited(event["pid"])

    job = await engine.submit("tests.support.engine_jobs:fork_sessions", {"seconds": 60}, 60)
    async for event in job.events():
        pids = event["pids"]
        break  # cancels the job
    await until_exited(*pids)

    job = await engine.submit("tests.support.engine_jobs:sleep", {"seconds": 60}, 60)
    events = job.events()
    await anext(events)
    assert engine.process is not None
    os.kill(engine.process.pid, signal.SIGKILL)
    with pytest.raises(EngineError, match="Check again to restart it"):
        await anext(events)
    assert (await collect_events(engine, "echo", {"again": True}))[0]["request"] == {"again": True}

    pid = engine.process.pid
    job = await engine.submit("tests.support.engine_jobs:sleep", {"seconds": 60}, 60)
    events = job.events()
    job_pid = (await anext(events))["pid"]
    await engine.close()
    await until_exited(pid, job_pid)
    assert [event async for event in events] == []
    assert job.exit_code == -signal.SIGKILL
    scratch = Path(tempfile.gettempdir())
    await until(lambda: not list(scratch.glob(f"{PREFIX}{pid}-*")), "the scratch folders are removed")


async def test_a_session_receives_messages_and_has_no_deadline() -> None:
    engine = Engine()
    first, second = [await engine.submit("tests.support.engine_jobs:repeat", {}, None) for _ in range(2)]
    events, other_events = first.events(), second.events()
    long = "a" * 300_000  # more than a pipe holds
    for text in ("one", long, "two"):
        first.send(text)
    second.send({"n": 1})
    assert [(await anext(events))["repeats"] for _ in range(3)] == ["one", long, "two"]
    other = await anext(other_events)
    assert other["repeats"] == {"n": 1}
    assert await collect_events(engine, "echo", {})  # other jobs run meanwhile
    second.cancel()
    assert [event async for event in other_events] == []
    await until_exited(other["pid"])
    second.send("too late")
    first.send("three")
    last = await anext(events)
    assert last["repeats"] == "three"
    await engine.close()
    await until_exited(last["pid"])


async def test_each_job_gets_its_own_child_context() -> None:
    engine = Engine()

    async def run(n: int, child_context: Any) -> Any:
        target = "tests.support.prepared_job:report"
        job = await engine.submit(target, {"n": n}, 30.0, children=2, child_context=child_context)
        return [event async for event in job.events()]

    contexts = [{"exercise": n} if n % 3 else None for n in range(6)]
    results = await asyncio.gather(*(run(n, context) for n, context in enumerate(contexts)))
    assert results == [[{"request": {"n": n}, "calls": [[2, context]]}] for n, context in enumerate(contexts)]
    await engine.close()


async def test_the_fork_server_keeps_no_request_and_no_context_in_memory() -> None:
    engine, word = Engine(), "a-word-of-a-different-learner-61c8"
    for size in (1, 50, 2000):
        request, context = {"n": word * size}, [word] * size
        job = await engine.submit("tests.support.engine_jobs:echo", request, 30.0, children=2, child_context=context)
        assert [event async for event in job.events()]
        assert await collect_events(engine, "count_in_memory", {"reversed": word[::-1]}) == [{"count": 0}]
    await engine.close()


async def test_closing_an_engine_prints_nothing(
    capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(client, "EXIT_TIMEOUT", TIMEOUT)  # it exits by itself, however slow the machine is
    for _ in range(2):
        engine = Engine()
        assert (await collect_events(engine, "echo", {}))[0]["request"] == {}
        await engine.close()
        assert engine.process is not None and engine.process.returncode == 0
    assert capfd.readouterr().err == ""


async def test_the_engine_inherits_no_secrets_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DISCORD_TOKEN", "a secret")
    engine = Engine(environment={"FOR_THE_ENGINE": "1"})
    [event] = await collect_events(engine, "environment", {})
    await engine.close()
    assert {"PATH", "FOR_THE_ENGINE"} <= set(event["current"]) and "a secret" not in str(event)
