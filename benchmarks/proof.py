"""Benchmarks `fromscratch verify` against a cold pytest for each solution."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence

from benchmarks.save_to_verdict import cold_pytest
from exercises.exercise import Exercise
from exercises.load import load_course
from grader.check import Grader, new_engine
from grader.proof.verify import ExerciseResult, verify
from playground.store import gpt2_vocabulary

FIRST_MONTHS = 4  # months 1 to 3 and the break, the course's first version


def run() -> list[tuple[str, str, str]]:
    """Rows: seconds for the first months and for the whole course, including the start of the engine."""
    course = load_course()
    cold = cold_pytest(course.exercise("causal-attention"))
    first = [exercise for month in course.months[:FIRST_MONTHS] for exercise in month.exercises]
    rows = []
    for title, exercises in (("months 1 to 3 and the break", first), ("the whole course", course.exercises)):
        seconds, results = asyncio.run(_verify(exercises))
        solutions = sum(len(result.results) for result in results)
        unexpected = sum(not solution.proved for result in results for solution in result.results)
        name = f"verify {title}: {len(results)} exercises, {solutions} solutions, {unexpected} unexpected results"
        rows.append((name, f"{seconds:.1f} s", f"{cold * solutions / seconds:.0f} × a cold pytest for each"))
    return rows


async def _verify(exercises: Sequence[Exercise]) -> tuple[float, list[ExerciseResult]]:
    started = time.perf_counter()
    engine = new_engine(gpt2_vocabulary())
    try:
        results = [result async for result in verify(Grader(engine), exercises)]
    finally:
        await engine.close()
    return time.perf_counter() - started, results
