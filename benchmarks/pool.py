"""Benchmarks a check without fork, as on Windows, against a cold pytest.

The benchmark removes `os.fork` from every Python that the engine starts, so `engine/spawn_server.py` runs the checks.
It measures grading alone, without the app.
"""

from __future__ import annotations

import asyncio
import os
import statistics
import tempfile
import time
from pathlib import Path
from unittest import mock

from benchmarks.save_to_verdict import cold_pytest
from exercises.exercise import Exercise
from exercises.load import load_course
from grader import check
from grader.source import reference_source

ROUNDS, SAVE_INTERVAL = 9, 12.0  # a standby process needs seconds to start
NO_FORK = "import os\ndel os.fork, os.forkpty\n"  # Python runs sitecustomize.py when it starts


def run(id: str = "causal-attention") -> list[tuple[str, str, str]]:
    """One row: the median time of checks of a correct file, with pauses as between a learner's saves."""
    exercise = load_course().exercise(id)
    cold = cold_pytest(exercise)
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "sitecustomize.py").write_text(NO_FORK)
        path = os.pathsep.join([folder, str(Path(check.__file__).parent.parent)])
        with (
            mock.patch.dict(os.environ, PYTHONPATH=path),
            mock.patch("engine.client.can_fork", return_value=False),
            mock.patch("grader.check.can_fork", return_value=False),
        ):
            seconds = statistics.median(asyncio.run(_check_seconds(exercise)))
    return [("a check without fork, median", f"{seconds * 1000:.0f} ms", f"{cold / seconds:.1f} × a cold pytest")]


async def _check_seconds(exercise: Exercise) -> list[float]:
    engine, source = check.new_engine(), reference_source.as_solution(exercise).encode()
    grader, times = check.Grader(engine), []
    try:
        await engine.start()
        await engine.ready.wait()
        grader.expect(exercise)
        for _ in range(ROUNDS):
            await asyncio.sleep(SAVE_INTERVAL)
            started = time.perf_counter()
            verdict = await grader.check(exercise, source)
            times.append(time.perf_counter() - started)
            if not verdict.passed:
                raise RuntimeError(f"The reference does not pass without fork: {verdict.message}")
    finally:
        await engine.close()
    return times
