"""Grades many solutions fast: in batches of one exercise, with several judges side by side."""

from __future__ import annotations

import asyncio
import math
import os
from collections import Counter
from collections.abc import AsyncGenerator, Sequence
from pathlib import Path

from exercises.exercise import Exercise
from grader.check import Grader
from grader.verdict import Depth, Verdict

MAX_BATCH = 60  # solutions; each waits as a process of about 4 MB
LOOKAHEAD = 240  # solutions; a batch reaches no further, so that the first verdicts do not wait for the last sources

Solution = tuple[Exercise, bytes | Path]


async def grade_all(
    grader: Grader,
    solutions: Sequence[Solution],
    jobs: int = 0,
    random_inputs: Sequence[int] = (),
    depths: Sequence[Depth] = (),
    expected: Sequence[str] = (),
) -> AsyncGenerator[Verdict, None]:
    """Yields the verdicts in the order of the solutions, with `jobs` judges at a time (0: for all processors).
    `random_inputs`, `depths` and `expected` are those of `Grader.check_many`, for each solution."""
    # a judge and its learner's process wait for each other, so one judge more than processors keeps these busy
    slots = asyncio.Semaphore(jobs or (os.cpu_count() or 1) + 1)
    verdicts: list[asyncio.Future[Verdict]] = [asyncio.get_running_loop().create_future() for _ in solutions]

    async def grade(batch: list[int]) -> None:
        exercise = solutions[batch[0]][0]
        sources = [solutions[index][1] for index in batch]
        inputs = [random_inputs[index] for index in batch] if random_inputs else []
        needed = [depths[index] for index in batch] if depths else []
        mistakes = [expected[index] for index in batch] if expected else []
        async with slots:
            try:
                graded = await grader.check_many(exercise, sources, inputs, needed, mistakes)
            except Exception as error:
                for index in batch:
                    verdicts[index].set_exception(error)
                return
        for index, verdict in zip(batch, graded, strict=True):
            verdicts[index].set_result(verdict)

    # slow exercises start first, so that all judges are busy until the end
    exercise_ids = [exercise.id for exercise, _ in solutions]
    slowest_first = sorted(batches(exercise_ids), key=lambda batch: -solutions[batch[0]][0].time_limit)
    tasks = [asyncio.create_task(grade(batch)) for batch in slowest_first]
    try:
        for verdict in verdicts:
            yield await verdict
    finally:
        for task in tasks:
            task.cancel()
        for verdict in verdicts:
            verdict.cancel() or verdict.exception()  # retrieved, else asyncio logs it


def batches(names: Sequence[str]) -> list[list[int]]:
    """Groups the indices of equal names: at most MAX_BATCH per group, within LOOKAHEAD of its first. The groups of a
    name that has more are about equal."""
    most = {name: math.ceil(size / math.ceil(size / MAX_BATCH)) for name, size in Counter(names).items()}
    open_batches: dict[str, list[int]] = {}
    result: list[list[int]] = []
    for index, name in enumerate(names):
        batch = open_batches.get(name)
        if batch is None or len(batch) == most[name] or index - batch[0] > LOOKAHEAD:
            batch = open_batches[name] = []
            result.append(batch)
        batch.append(index)
    return result
