"""The engine as the app sees it: jobs side by side, cancelled, late, failing; and nothing left behind."""

from __future__ import annotations

import asyncio
import os
import signal
import tempfile
import time
from pathlib import Path
from typing import Any

import pytest

from engine.client import Engine, EngineError
from engine.scratch import PREFIX


async def events(engine: Engine, target: str, job: dict[str, Any], limit: float = 30.0) -> list[dict[str, Any]]:
    handle = await engine.submit(f"tests.engine.jobs:{target}", job, limit)
    return [event async for event in handle.events()]


def alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False


async def gone(pids: list[int]) -> bool:
    deadline = time.monotonic() + 10
    while any(alive(pid) for pid in pids):
        if time.monotonic() > deadline:
            return False
        await asyncio.sleep(0.02)
    return True


async def test_the_life_of_an_engine() -> None:
    engine = Engine()
    await engine.start()
    found = await asyncio.gather(*(events(engine, "echo", {"n": n}) for n in range(10)))
    assert [event[0]["job"]["n"] for event in found] == list(range(10))
    assert all(event[0]["torch"] for event in found)  # warm
    assert len({event[0]["pid"] for event in found}) == 10  # a process each

    [fault] = await events(engine, "fail", {})
    assert "on purpose" in fault["fault"]
    [fault] = await events(engine, "missing", {})
    assert "missing" in fault["fault"]

    started = time.monotonic()
    [late] = await events(engine, "sleep", {"seconds": 60}, limit=0.5)
    assert time.monotonic() - started < 10
    assert await gone([late["pid"]])

    job = await engine.submit("tests.engine.jobs:family", {"seconds": 60}, 60)
    async for event in job.events():
        pids = event["pids"]
        break  # leaving early cancels
    assert await gone(pids)

    assert engine.process is not None
    asyncio.get_running_loop().call_later(0.3, os.kill, engine.process.pid, signal.SIGKILL)
    with pytest.raises(EngineError, match="starts anew"):
        await events(engine, "sleep", {"seconds": 60})
    assert (await events(engine, "echo", {"again": True}))[0]["job"] == {"again": True}

    pid = engine.process.pid
    waiting = await engine.submit("tests.engine.jobs:sleep", {"seconds": 60}, 60)
    stream = waiting.events()
    sleeper = (await anext(stream))["pid"]
    await engine.close()
    assert await gone([pid, sleeper])
    assert [event async for event in stream] == []
    assert waiting.exit == -signal.SIGKILL
    assert not list(Path(tempfile.gettempdir()).glob(f"{PREFIX}{pid}-*"))


async def test_each_job_gets_its_own_question() -> None:
    engine = Engine()

    async def told(n: int, question: Any) -> Any:
        job = await engine.submit("tests.engine.asked:tell", {"n": n}, 30.0, many=2, question=question)
        return [event async for event in job.events()]

    found = await asyncio.gather(*(told(n, {"about": n} if n % 3 else None) for n in range(6)))
    wanted = [[{"job": {"n": n}, "known": [[2, {"about": n} if n % 3 else None]]}] for n in range(6)]
    assert found == wanted
    await engine.close()


async def test_the_warm_parent_remembers_no_question_and_no_order() -> None:
    engine, word = Engine(), "a-word-of-somebody-else-61c8"
    for size in (1, 50, 2000):
        job = await engine.submit("tests.engine.jobs:echo", {"n": word * size}, 30.0, many=2, question=[word] * size)
        assert [event async for event in job.events()]
        assert await events(engine, "remembers", {"backwards": word[::-1]}) == [{"found": 0}]
    await engine.close()


async def test_the_end_of_an_engine_is_silent(capfd: pytest.CaptureFixture[str]) -> None:
    for _ in range(5):
        engine = Engine()
        assert (await events(engine, "echo", {}))[0]["job"] == {}
        await engine.close()
        assert engine.process is not None and engine.process.returncode == 0
    assert capfd.readouterr().err == ""


async def test_what_a_shell_knows_is_not_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """Code under check may read what its process began with."""
    monkeypatch.setenv("DISCORD_TOKEN", "a secret")
    engine = Engine(environment={"FOR_THE_ENGINE": "1"})
    (told,) = await events(engine, "environment", {})
    await engine.close()
    assert {"PATH", "FOR_THE_ENGINE"} <= set(told["now"]) and "a secret" not in str(told)
