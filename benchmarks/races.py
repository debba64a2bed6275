"""Races the same source twenty times while other processes load the machine, and reports how far the ratios spread."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys

from exercises.load import load_course
from grader.check import Grader, new_engine
from grader.source import reference_source

REPEATS, ROUNDS = 20, 15
EXERCISES = ("gqa", "online-softmax")
BURN = "while True: sum(range(10**6))"


def run() -> list[tuple[str, str, str]]:
    """Rows: the smallest and the largest ratio of the reference against itself, by load."""
    rows = []
    for load in (0, 2 * (os.cpu_count() or 1)):
        burners = [subprocess.Popen([sys.executable, "-c", BURN]) for _ in range(load)]
        try:
            for id in EXERCISES:
                ratios = sorted(asyncio.run(_ratios(id)))
                spread = f"{ratios[0]:.3f} to {ratios[-1]:.3f}"
                ties = sum(abs(ratio - 1) <= 0.05 for ratio in ratios)
                rows.append((f"race {id}, {REPEATS} times, beside {load} busy processes", spread, f"{ties} within 5 %"))
        finally:
            for burner in burners:
                burner.kill()
                burner.wait()
    return rows


async def _ratios(id: str) -> list[float]:
    exercise = load_course().exercise(id)
    source = reference_source.as_solution(exercise).encode()
    engine = new_engine()
    try:
        grader = Grader(engine)
        return [(await grader.race(exercise, source, ROUNDS)).figures[0].ratio.median for _ in range(REPEATS)]
    finally:
        await engine.close()
