"""Races: the same source ties with itself, and nothing but faster code gains anything."""

from __future__ import annotations

import random
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator

import pytest
import torch

from exercises.course import Course
from exercises.exercise import Exercise
from exercises.kit import compare
from grader.child.tamper_guard import probes_of
from grader.proof.process_clock import ProcessGroup, is_supported
from grader.race_result import RaceResult, figure, rating, ratio_of
from grader.source import reference_source
from tests.support.grading import Service
from tests.support.solutions import correct

ROUNDS = 5
pytestmark = pytest.mark.skipif(not is_supported(), reason="CPU time of other processes needs Linux")


@pytest.fixture(scope="module")
def gqa(course: Course) -> Exercise:
    return course.exercise("gqa")


def raced(service: Service, exercise: Exercise, source: str) -> RaceResult:
    result: RaceResult = service.run(service.grader.race(exercise, source.encode(), ROUNDS))
    return result


def around_forward(exercise: Exercise, before: str) -> str:
    """The reference with code at the start of forward; `again` there runs the rest of it."""
    source = correct(exercise)
    assert source.count("def forward(self, x") == 1
    start = source.index("def forward(self, x")
    renamed = source[:start] + source[start:].replace("def forward(", "def again(", 1)
    return f"{renamed.rstrip()}\n\n    def forward(self, x):\n{before}\n"


@pytest.fixture
def one_thread() -> Iterator[None]:
    """Several threads on a busy machine wait for each other."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


@pytest.mark.usefixtures("one_thread")
def test_each_race_is_new_work_for_every_seed(course: Course) -> None:
    races = [exercise for exercise in course.exercises if exercise.race_path.is_file()]
    assert {"kv-cache", "online-softmax", "gqa", "quantize", "bpe-fast", "tiny-lm"} <= {
        exercise.id for exercise in races
    }
    assert all(exercise.race_task.endswith(".") for exercise in races)
    for exercise in (exercise for exercise in races if exercise.race_budget is None):
        reference = reference_source.module(reference_source.text(exercise))
        work = probes_of(exercise.race_path.read_text()).race
        first, other = work(reference, 1), work(reference, 2)
        assert compare.difference(other, first, 1e-3, 1e-4) is not None


def test_the_reference_ties_with_itself(service: Service, gqa: Exercise) -> None:
    result = raced(service, gqa, correct(gqa))
    assert not result.invalid and result.clock == "cpu"
    figures = {known.quantity: known for known in result.figures}
    assert 0.7 < figures["time"].ratio.median < 1.4
    assert 0.9 < figures["memory"].ratio.median < 1.1 and len(figures["memory"].yours) == ROUNDS


CHEATS = {
    "detects that it is timed": "        return self.again(x) if x.shape[-1] < 200 else x",
    "keeps the results of earlier calls": (
        "        if not hasattr(type(self), 'kept'):\n            type(self).kept = self.again(x)\n"
        "        return type(self).kept"
    ),
    "forks": (
        "        import os\n        if os.fork() == 0:\n            self.again(x)\n            os._exit(0)\n"
        "        return self.again(x)"
    ),
}


@pytest.mark.parametrize("cheat", CHEATS)
def test_a_cheat_does_not_count(service: Service, gqa: Exercise, cheat: str) -> None:
    result = raced(service, gqa, around_forward(gqa, CHEATS[cheat]))
    gained = [known.ratio.median < 0.9 for known in result.figures if known.quantity == "time"]
    assert result.invalid or (cheat == "forks" and gained == [False])


def test_threads_and_waiting_gain_nothing(service: Service, gqa: Exercise) -> None:
    threads = (
        "        import threading, time\n        halves = [None] * 4\n"
        "        def work(i):\n            with torch.no_grad():\n"
        "                halves[i] = self.again(x[i::4])\n"
        "        threads = [threading.Thread(target=work, args=(i,)) for i in range(4)]\n"
        "        [thread.start() for thread in threads]\n        time.sleep(0.02)\n"
        "        [thread.join() for thread in threads]\n"
        "        result = torch.empty(x.shape)\n"
        "        for i in range(4):\n            result[i::4] = halves[i]\n        return result"
    )
    result = raced(service, gqa, around_forward(gqa, threads))
    assert not result.invalid, result.invalid
    assert result.figures[0].ratio.median > 0.7, "the CPU time of four threads is that of one"


def test_a_thread_in_the_background_slows_its_own_code_only(service: Service, gqa: Exercise) -> None:
    burn = (
        "\n\nimport threading\n\n\ndef burn():\n    while True:\n"
        "        torch.ones(200, 200) @ torch.ones(200, 200)\n\n\n"
        "threading.Thread(target=burn, daemon=True).start()\n"
    )
    result = raced(service, gqa, correct(gqa) + burn)
    assert not result.invalid and result.figures[0].ratio.median > 1.1


def test_a_training_is_raced_by_its_loss_within_a_budget(service: Service, course: Course) -> None:
    exercise = course.exercise("tiny-lm")
    assert exercise.race_budget == 60
    slow = correct(exercise).replace("LEARNING_RATE = 32, 3e-3", "LEARNING_RATE = 32, 1e-5")
    result: RaceResult = service.run(service.grader.race(exercise, slow.encode(), 1, budget=0.5))
    [loss] = result.figures
    assert not result.invalid and loss.quantity == "loss" and loss.ratio.median > 1.1
    assert 1.0 < loss.reference[0] < loss.yours[0] < 5.0


def test_the_clock_counts_descendants_and_only_their_own_turn() -> None:
    burn = "import subprocess, sys, time\nend = time.process_time() + {}\nwhile time.process_time() < end: pass\n"
    child = burn.format(0.2)
    code = f"{burn.format(0.1)}subprocess.run([sys.executable, '-c', {child!r}])\nprint(flush=True)\ntime.sleep(60)"
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE) as process:
        group = ProcessGroup(process.pid)
        group.suspend()
        before = group.cpu_seconds()
        time.sleep(0.1)
        assert group.cpu_seconds() == before
        group.resume()
        assert process.stdout is not None
        process.stdout.readline()
        assert group.cpu_seconds() >= 0.3
        process.kill()


def test_the_interval_contains_the_median_as_often_as_it_says() -> None:
    generator = random.Random(1)
    hits = 0
    for _ in range(400):
        known = ratio_of([generator.lognormvariate(0.0, 0.2) for _ in range(15)])
        assert known.low <= known.median <= known.high
        hits += known.low <= 1.0 <= known.high
    assert hits >= 0.93 * 400
    assert (ratio_of([3.0, 1.0, 2.0]).low, ratio_of([3.0, 1.0, 2.0]).high) == (1.0, 3.0)


def test_ties_and_noise_are_said() -> None:
    quiet = figure("time", [2.0] * 15, [1.0] * 15)
    assert rating(quiet.ratio) == "2.00 times (2.00 to 2.00)" and not quiet.ratio.is_noisy
    assert rating(figure("time", [1.02] * 15, [1.0] * 15).ratio) == "a tie, 1.02 (1.02 to 1.02)"
    noisy = figure("time", [1.0 + i / 10 for i in range(15)], [1.0] * 15)
    assert noisy.ratio.is_noisy and statistics.median(noisy.yours) == pytest.approx(noisy.ratio.median)
