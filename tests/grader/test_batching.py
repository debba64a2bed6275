"""Solutions graded in batches get the same verdicts as alone."""

from __future__ import annotations

import asyncio
import os
import signal
from contextlib import suppress
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from engine.reap import children
from exercises.course import Course
from exercises.exercise import Exercise
from grader.batching import LOOKAHEAD, MAX_BATCH, Solution, batches, grade_all
from grader.errors import GraderError
from grader.exercise_context import imported_libraries
from grader.verdict import Verdict
from tests.support.grading import Service
from tests.support.solutions import correct, mistaken


def without_times(verdict: Verdict) -> Any:
    data = msgspec.to_builtins(verdict) | {"seconds": 0}
    return data | {"checks": [check | {"seconds": 0} for check in data["checks"]]}


async def all_of(service: Service, work: list[Solution], jobs: int = 0) -> list[Verdict]:
    return [verdict async for verdict in grade_all(service.grader, work, jobs)]


@given(st.lists(st.sampled_from("abc"), max_size=600))
def test_each_index_is_in_one_batch(names: list[str]) -> None:
    found = batches(names)
    assert sorted(place for batch in found for place in batch) == list(range(len(names)))
    for batch in found:
        assert len({names[place] for place in batch}) == 1
        assert len(batch) <= MAX_BATCH
        assert batch[-1] - batch[0] <= LOOKAHEAD
    assert [batch[0] for batch in found] == sorted(batch[0] for batch in found)


def test_verdicts_equal_those_of_single_checks_in_order(
    service: Service, course: Course, causal: Exercise, right: str, tmp_path: Path
) -> None:
    softmax = course.exercise("stable-softmax")
    wrong = [mistaken(causal, mistake.id) for mistake in causal.mistakes[:6]]
    texts = [
        right,
        *wrong,
        "import os; os._exit(0)",
        "def (",
        "",
        causal.stub,
        right.replace("dropout", "drop_out"),
        right,
    ]
    work: list[Solution] = [(causal, text.encode()) for text in texts]
    work.insert(3, (softmax, correct(softmax).encode()))
    work.insert(5, (causal, tmp_path / "nothing.py"))
    together = service.run(all_of(service, work))
    for (exercise, source), verdict in zip(work, together, strict=True):
        assert without_times(verdict) == without_times(service.run(service.grader.check(exercise, source)))
    assert together[0].passed
    assert together[3].passed
    assert together[-1].passed


def test_a_solution_cannot_affect_the_next(service: Service, causal: Exercise, right: str) -> None:
    meddling = right + (
        "\nimport builtins, sys\ntorch.set_default_dtype(torch.float64)\nsys.modules['marker'] = sys\n"
        "open('left.txt', 'w').write('x')\n"
    )
    asking = right + "\nimport os, sys\nprint('marker' in sys.modules, torch.get_default_dtype(), os.listdir('.'))\n"
    verdicts = service.run(service.grader.check_many(causal, [meddling.encode(), asking.encode()] * 2))
    assert [verdict.output for verdict in verdicts[1::2]] == ["False torch.float32 []\n"] * 2
    assert all(verdict.passed for verdict in verdicts[1::2])


def kill_judges(service: Service) -> None:
    """Kills the judges alone: they would report the end of a learner's process."""
    assert service.engine.process is not None
    for pid in children(service.engine.process.pid):
        with suppress(ProcessLookupError):  # it exits meanwhile
            os.kill(pid, signal.SIGKILL)


def test_no_verdict_is_lost_when_a_judge_is_killed(service: Service, causal: Exercise, right: str) -> None:
    slow = right + "\nimport time\ntime.sleep(0.4)\n"

    async def kill_after_the_first_verdict() -> list[Verdict]:
        verdicts: list[Verdict] = []
        async for verdict in grade_all(service.grader, [(causal, slow.encode())] * 4, 1):
            if not verdicts:
                kill_judges(service)
            verdicts.append(verdict)
        return verdicts

    verdicts = service.run(kill_after_the_first_verdict())
    assert [verdict.outcome for verdict in verdicts] == ["passed"] * 4


def test_a_single_check_raises_when_its_judge_is_killed(service: Service, causal: Exercise, right: str) -> None:
    slow = right.replace("        T = x.shape[1]\n", "        import time; time.sleep(60)\n        T = x.shape[1]\n")

    async def kill_during_the_check() -> Verdict:
        started = asyncio.Event()
        task = asyncio.create_task(service.grader.check(causal, slow.encode(), lambda event: started.set()))
        waiting = asyncio.create_task(started.wait())
        await asyncio.wait([task, waiting], return_when=asyncio.FIRST_COMPLETED)
        waiting.cancel()
        kill_judges(service)
        return await task

    with pytest.raises(GraderError, match="stopped from outside"):
        service.run(kill_during_the_check())
    assert service.check(causal, right).passed


def test_a_judge_that_was_killed_while_it_waited_is_replaced(service: Service, causal: Exercise, right: str) -> None:
    for _ in range(3):
        service.loop.call_soon_threadsafe(service.grader.expect, causal)
        service.run(asyncio.sleep(0.5))
        kill_judges(service)
        assert service.check(causal, right).passed


def test_a_fault_of_the_grader_raises(service: Service, causal: Exercise) -> None:
    exercise = structs.replace(causal, reference="reference.nothing")
    with pytest.raises(GraderError, match=r"nothing\.py"):
        service.run(all_of(service, [(exercise, b"x = 1")] * 3))


def test_a_prepared_process_gives_the_same_verdict(
    service: Service, course: Course, causal: Exercise, right: str
) -> None:
    """The verdict is the same after a right hint, a wrong hint and none."""
    alone = without_times(service.check(causal, causal.stub))
    for expected in (causal, course.exercise("stable-softmax")):
        service.loop.call_soon_threadsafe(service.grader.expect, expected)
        service.run(asyncio.sleep(1.5))
        assert without_times(service.check(causal, causal.stub)) == alone
        assert service.check(causal, right).passed


def test_slow_libraries_are_imported_once_for_a_batch(service: Service, causal: Exercise, right: str) -> None:
    assert imported_libraries([b"import torch\nx = 'pandas'", b"from matplotlib import pyplot as plt"]) == [
        "matplotlib.pyplot"
    ]
    asks = "import sys\nprint('pandas' in sys.modules)\nimport pandas\n" + right
    found = service.run(service.grader.check_many(causal, [asks.encode()] * 2))
    assert [(one.passed, one.output) for one in found] == [(True, "True\n")] * 2
