"""Grades much work fast: solutions of one exercise go to one judge together, several judges work side by side."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncGenerator, Sequence
from pathlib import Path

from exercises.course import Exercise
from grader.check import Grader
from grader.verdict import Verdict

MAX_BATCH = 40  # solutions a judge at most: each waits as a process of some 6 MB
LOOKAHEAD = 240  # so far ahead solutions are taken into a batch: the first verdicts must not wait for the last

Solution = tuple[Exercise, bytes | Path]


async def grade_all(
    grader: Grader, work: Sequence[Solution], jobs: int = 0, steps: bool = True, inputs: Sequence[int] = ()
) -> AsyncGenerator[Verdict, None]:
    """The verdicts in the order of the work, `jobs` judges at a time (0: one a processor); `steps` and `inputs`
    as in `Grader.check_many`."""
    slots = asyncio.Semaphore(jobs or os.cpu_count() or 1)
    verdicts: list[asyncio.Future[Verdict]] = [asyncio.get_running_loop().create_future() for _ in work]

    async def grade(places: list[int]) -> None:
        exercise = work[places[0]][0]
        async with slots:
            try:
                tries = [inputs[place] for place in places] if inputs else []
                found = await grader.check_many(exercise, [work[place][1] for place in places], steps, tries)
            except Exception as error:
                for place in places:
                    verdicts[place].set_exception(error)
                return
        for place, verdict in zip(places, found, strict=True):
            verdicts[place].set_result(verdict)

    # what may take long begins first, so that in the end all judges have something to do
    order = sorted(batches([exercise.id for exercise, _ in work]), key=lambda places: -work[places[0]][0].time_limit)
    tasks = [asyncio.create_task(grade(places)) for places in order]
    try:
        for verdict in verdicts:
            yield await verdict
    finally:
        for task in tasks:
            task.cancel()
        for verdict in verdicts:
            verdict.cancel() or verdict.exception()  # what nobody waits for any more is no unheard error


def batches(names: Sequence[str]) -> list[list[int]]:
    """The places of equal names together, at most MAX_BATCH and not further apart than LOOKAHEAD, by their first."""
    open_: dict[str, list[int]] = {}
    found: list[list[int]] = []
    for place, name in enumerate(names):
        batch = open_.get(name)
        if batch is None or len(batch) == MAX_BATCH or place - batch[0] > LOOKAHEAD:
            batch = open_[name] = []
            found.append(batch)
        batch.append(place)
    return found
