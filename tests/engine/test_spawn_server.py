"""Checks where no process can be forked: fork is taken away from every Python that the engine starts."""

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
from exercises.course import Exercise
from exercises.load import load_course
from grader import check
from grader.check import Grader, sandbox_report
from grader.source import reference_source
from grader.verdict import CheckEnded, Verdict


@pytest.fixture(scope="module")
def exercise() -> Exercise:
    return load_course().exercise("causal-attention")


@pytest.fixture(scope="module")
def right(exercise: Exercise) -> str:
    return reference_source.as_solution(exercise)


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
    started = descendants(grader.engine.process.pid)
    assert started
    runner.run(grader.engine.close())
    assert not [pid for pid in started if alive(pid)]


def alive(pid: int) -> bool:
    """Whether a process still runs; one that nobody has asked about yet has ended all the same."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def graded(runner: asyncio.Runner, grader: Grader, exercise: Exercise, *sources: str) -> list[Verdict]:
    return runner.run(grader.check_many(exercise, [source.encode() for source in sources]))


def test_right_and_wrong_each_in_a_process_of_its_own(
    runner: asyncio.Runner, grader: Grader, exercise: Exercise, right: str
) -> None:
    mistake = exercise.mistakes[0]
    wrong = reference_source.as_solution(exercise, reference_source.edited(exercise, mistake))
    traces = (
        "\nimport os, sys\nprint(hasattr(sys, 'kept'), 'kept' in os.listdir('.'))\nsys.kept = 1\nopen('kept', 'w')\n"
    )
    passed, named, gone = graded(runner, grader, exercise, right + traces, wrong + traces, "import os; os._exit(0)")
    assert passed.passed
    assert passed.sandbox == "kernel"  # not to fork does not mean not to restrain
    assert passed.output == named.output == "False False\n"
    assert named.mistake is not None
    assert named.mistake.id == mistake.id
    assert named.missing_stage
    assert gone.outcome == "crashed"
    assert "exit code 0" in gone.message


def test_it_ends_in_time_and_can_be_given_up(
    runner: asyncio.Runner, grader: Grader, exercise: Exercise, right: str
) -> None:
    short = structs.replace(exercise, time_limit=1.0)
    [verdict] = graded(runner, grader, short, right + "\nwhile True: pass\n")
    assert verdict.outcome == "timeout", verdict.message

    async def give_up() -> None:
        begun = asyncio.Event()
        slow = right.replace(
            "        T = x.shape[1]\n", "        import time; time.sleep(60)\n        T = x.shape[1]\n"
        )
        task = asyncio.create_task(grader.check(exercise, slow.encode(), lambda event: begun.set()))
        await asyncio.wait_for(begun.wait(), 60)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    runner.run(give_up())
    heard: list[object] = []
    verdict = runner.run(grader.check(exercise, right.encode(), heard.append))
    assert verdict.passed
    assert sum(isinstance(event, CheckEnded) for event in heard) == len(verdict.checks)


def test_what_holds_is_not_claimed(runner: asyncio.Runner, grader: Grader) -> None:
    found = runner.run(sandbox_report(grader.engine))
    assert [layer["layer"] for layer in found["layers"]] == ["limits"]


def test_a_ready_process_waits(runner: asyncio.Runner, grader: Grader) -> None:
    """The next check need not load torch: SIZE pairs of processes stand by, and no more."""

    async def settled() -> int:
        assert grader.engine.process is not None
        for _ in range(600):
            await asyncio.sleep(0.1)
            if len(found := descendants(grader.engine.process.pid)) == 2 * spawn_server.POOL_SIZE:
                await asyncio.sleep(1)
                return len(found)
        return 0

    assert runner.run(settled()) == 2 * spawn_server.POOL_SIZE
