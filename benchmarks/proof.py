"""`fromscratch verify`: every wrong solution of the course caught and named, against a cold pytest for each."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence

from benchmarks.save_to_verdict import cold_pytest
from exercises.course import Exercise
from exercises.load import load_course
from grader.check import Grader, new_engine
from grader.proof.verify import ExerciseResult, verify
from playground.store import gpt2_vocabulary

FIRST = 4  # months, the break among them, with which the course began


def run() -> list[tuple[str, str, str]]:
    """Rows: seconds for the first months and for the whole course, with the start of the engine."""
    course = load_course()
    cold = cold_pytest(course.exercise("causal-attention"))
    first = [exercise for month in course.months[:FIRST] for exercise in month.exercises]
    rows = []
    for what, exercises in (("months 1 to 3 and the break", first), ("the whole course", course.exercises)):
        seconds, proved = asyncio.run(_proved(exercises))
        tried = sum(len(one.results) for one in proved)
        wrong = sum(not result.proved for one in proved for result in one.results)
        name = f"proof of {what}: {len(proved)} exercises, {tried} solutions, {wrong} not as they should be"
        rows.append((name, f"{seconds:.1f} s", f"{cold * tried / seconds:.0f} × a cold pytest each"))
    return rows


async def _proved(exercises: Sequence[Exercise]) -> tuple[float, list[ExerciseResult]]:
    started = time.perf_counter()
    engine = new_engine(gpt2_vocabulary())
    try:
        proved = [one async for one in verify(Grader(engine), exercises)]
    finally:
        await engine.close()
    return time.perf_counter() - started, proved
