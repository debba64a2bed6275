"""A check where no process can be forked (Windows): from the source to the verdict, against a cold pytest.

Fork is taken away from every Python that the engine starts, so `engine/spawn_server.py` runs the checks.
Without the app: grading alone.
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
from exercises.course import Exercise
from exercises.load import load_course
from grader import check
from grader.source import reference_source

ROUNDS, PACE = 9, 12.0  # a process needs seconds to get ready for the next check
NO_FORK = "import os\ndel os.fork, os.forkpty\n"  # Python runs a module named sitecustomize when it starts


def run(id: str = "causal-attention") -> list[tuple[str, str, str]]:
    """One row: the median of some checks of a right file, at a learner's pace."""
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
            seconds = statistics.median(asyncio.run(_checked(exercise)))
    return [("a check without fork, median", f"{seconds * 1000:.0f} ms", f"{cold / seconds:.1f} × a cold pytest")]


async def _checked(exercise: Exercise) -> list[float]:
    engine, source = check.new_engine(), reference_source.as_solution(exercise).encode()
    grader, times = check.Grader(engine), []
    try:
        await engine.start()
        await engine.ready.wait()
        grader.expect(exercise)
        for _ in range(ROUNDS):
            await asyncio.sleep(PACE)
            started = time.perf_counter()
            verdict = await grader.check(exercise, source)
            times.append(time.perf_counter() - started)
            if not verdict.passed:
                raise RuntimeError(f"The reference does not pass without fork: {verdict.message}")
    finally:
        await engine.close()
    return times
