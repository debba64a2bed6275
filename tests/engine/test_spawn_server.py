"""Tests of checks on systems that cannot fork: os.fork is removed from every Python that the engine starts."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from msgspec import structs

from benchmarks.pool import NO_FORK
from engine import spawn_server
from engine.reap import descendants
from exercises.exercise import Exercise
from exercises.load import load_course
from grader import check
from grader.check import Grader, sandbox_report
from grader.verdict import CheckEnded, Verdict
from playground.session import Sampling, Session, Token
from tests.support.processes import wait_until_exited
from tests.support.solutions import correct, mistaken
from tests.support.tiny_llama import write_gguf

# One worker runs these tests, so that they share an engine.
pytestmark = pytest.mark.xdist_group("no_fork")


@pytest.fixture(scope="module")
def exercise() -> Exercise:
    return load_course().exercise("causal-attention")


@pytest.fixture(scope="module")
def solution(exercise: Exercise) -> str:
    return correct(exercise)


@pytest.fixture(scope="module")
def runner(tmp_path_factory: pytest.TempPathFactory) -> Iterator[asyncio.Runner]:
    folder = tmp_path_factory.mktemp("no_fork")
    (folder / "sitecustomize.py").write_text(NO_FORK)
    with pytest.MonkeyPatch.context() as patch, asyncio.Runner() as runner:
        for module in ("engine.client", "grader.check"):
            patch.setattr(f"{module}.can_fork", lambda: False)
        patch.setenv("PYTHONPATH", os.pathsep.join([str(folder), str(Path(check.__file__).parent.parent)]))
        yield runner


@pytest.fixture(scope="module")
def grader(runner: asyncio.Runner) -> Iterator[Grader]:
    async def start() -> Grader:
        engine = check.new_engine()
        await engine.start()
        await asyncio.wait_for(engine.ready.wait(), 90)
        return Grader(engine)

    grader = runner.run(start())
    yield grader
    assert grader.engine.process is not None
    pids = descendants(grader.engine.process.pid)
    assert pids
    runner.run(grader.engine.close())
    wait_until_exited(*pids)


def grade(runner: asyncio.Runner, grader: Grader, exercise: Exercise, *sources: str) -> list[Verdict]:
    return runner.run(grader.check_many(exercise, [source.encode() for source in sources]))


def test_each_source_is_graded_in_a_process_of_its_own(
    runner: asyncio.Runner, grader: Grader, exercise: Exercise, solution: str
) -> None:
    mistake = exercise.mistakes[0]
    wrong = mistaken(exercise, mistake.id)
    shows_traces = (
        "\nimport os, sys\nprint(hasattr(sys, 'trace'), 'trace' in os.listdir('.'))\n"
        "sys.trace = 1\nopen('trace', 'w')\n"
    )
    passed, failed, crashed = grade(
        runner, grader, exercise, solution + shows_traces, wrong + shows_traces, "import os; os._exit(0)"
    )
    assert passed.passed
    assert passed.sandbox == "kernel"  # the sandbox does not depend on fork
    assert passed.output == failed.output == "False False\n"
    assert failed.mistake is not None
    assert failed.mistake.id == mistake.id
    assert failed.missing_stage
    assert crashed.outcome == "crashed"
    assert "exit code 0" in crashed.message


def test_a_check_has_a_time_limit_and_can_be_cancelled(
    runner: asyncio.Runner, grader: Grader, exercise: Exercise, solution: str
) -> None:
    short = structs.replace(exercise, time_limit=1.0)
    [verdict] = grade(runner, grader, short, solution + "\nwhile True: pass\n")
    assert verdict.outcome == "timeout", verdict.message

    async def cancel() -> None:
        started = asyncio.Event()
        slow = solution.replace(
            "        T = x.shape[1]\n", "        import time; time.sleep(60)\n        T = x.shape[1]\n"
        )
        task = asyncio.create_task(grader.check(exercise, slow.encode(), lambda event: started.set()))
        await asyncio.wait_for(started.wait(), 60)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    runner.run(cancel())
    events: list[object] = []
    verdict = runner.run(grader.check(exercise, solution.encode(), events.append))
    assert verdict.passed
    assert sum(isinstance(event, CheckEnded) for event in events) == len(verdict.checks)


def test_without_fork_the_report_lists_only_the_limits(runner: asyncio.Runner, grader: Grader) -> None:
    report = runner.run(sandbox_report(grader.engine))
    assert [layer["layer"] for layer in report["layers"]] == ["limits"]


def test_idle_workers_are_kept(runner: asyncio.Runner, grader: Grader) -> None:
    """POOL_SIZE workers, each with a child, wait for the next checks, and no more."""
    assert grader.engine.process is not None
    pid = grader.engine.process.pid

    async def count_when_steady() -> int:
        """Counts the processes once none has started or ended for a second."""
        before: list[int] = []
        while (now := descendants(pid)) != before or len(now) < 2 * spawn_server.POOL_SIZE:
            before = now
            await asyncio.sleep(1)
        return len(now)

    assert runner.run(count_when_steady()) == 2 * spawn_server.POOL_SIZE


def test_a_model_runs_without_fork(runner: asyncio.Runner, grader: Grader, tmp_path: Path) -> None:
    tiny = write_gguf(tmp_path / "tiny.gguf")

    async def ask() -> list[Token]:
        async with Session(str(tiny), engine=grader.engine) as session:
            return [token async for token in session.generate("the", Sampling(greedy=True, max_tokens=3))]

    assert len(runner.run(ask())) == 3
