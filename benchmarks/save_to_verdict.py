"""Benchmarks the time from a save to the verdict in the running app, against a cold pytest of the same checks.

The app runs headless with its real watcher, engine and progress store. The time ends when the Practice screen has
drawn the verdict. The cold run is a plain pytest in a new process: it imports torch, the solution, the reference and
the probes, and runs the exercise's test file.
"""

from __future__ import annotations

import asyncio
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from exercises.exercise import Exercise
from exercises.load import load_course
from grader.source import reference_source
from tui.checking import CheckState

ROUNDS, COLD_ROUNDS = 27, 5
SAVE_INTERVAL, WARMUP_SECONDS = 0.4, 12.0

CONFTEST = '''
import sys, types
import pytest
from exercises.checks import probes_source
from exercises.kit.common_probes import add_common_probes
from exercises.load import load_course
from grader.judge.run import Run, call_probe
from grader.source import reference_source

exercise = load_course().exercise({id!r})
probes = types.ModuleType("probes")
exec(compile(probes_source(exercise), "probes", "exec"), probes.__dict__)
add_common_probes(vars(probes))
solution = types.ModuleType("solution")
exec(compile(open({source!r}).read(), "solution", "exec"), solution.__dict__)
reference = reference_source.module(reference_source.text(exercise))

class InProcess:
    """Answers probe calls in this process, as a course without separate processes would."""
    def send(self, probe, arguments, trace=False):
        self.outcome = call_probe(vars(probes)[probe], solution, arguments)
    def receive(self):
        if self.outcome[0] == "raised":
            return {{"raised": {{"kind": self.outcome[1], "text": self.outcome[2]}}}}
        return {{"summary": self.outcome[1], "side_effects": self.outcome[2]}}

@pytest.fixture
def run():
    return Run(InProcess(), exercise, vars(probes), reference, {{}})

@pytest.fixture
def note():
    return print
'''


def run(id: str = "causal-attention") -> list[tuple[str, str, str]]:
    """Rows: median and 95th percentile of the time for correct and for wrong files, compared with a cold pytest.

    For a wrong file, the time includes the diagnosis: the known mistake, and the first divergence from the reference.
    """
    exercise = load_course().exercise(id)
    correct = [reference_source.as_solution(exercise)]
    wrong = [
        reference_source.as_solution(exercise, reference_source.edited(exercise, mistake))
        for mistake in exercise.mistakes
    ]
    cold = cold_pytest(exercise)
    rows = []
    for kind, sources in (("correct", correct), ("wrong", wrong)):
        warm = sorted(asyncio.run(_warm(exercise, sources)))
        for name, seconds in (("median", statistics.median(warm)), ("95th percentile", warm[int(len(warm) * 0.95)])):
            name = f"save to verdict in the app, a {kind} file, {name}"
            rows.append((name, f"{seconds * 1000:.0f} ms", f"{cold / seconds:.1f} × a cold pytest"))
    return [*rows, ("cold `python -m pytest` of the same checks, median", f"{cold * 1000:.0f} ms", "1 ×")]


def cold_pytest(exercise: Exercise) -> float:
    """Median seconds of a plain pytest of the exercise in a new process."""
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder) / "solution.py"
        source.write_text(reference_source.as_solution(exercise))
        (Path(folder) / "conftest.py").write_text(CONFTEST.format(id=exercise.id, source=str(source)))
        test = Path(folder) / exercise.tests_path.name
        test.write_text(exercise.tests_path.read_text())
        times = []
        for _ in range(COLD_ROUNDS):
            started = time.perf_counter()
            subprocess.run([sys.executable, "-m", "pytest", "-q", str(test)], check=True, capture_output=True,
                           cwd=folder, env=os.environ | {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"})  # fmt: skip
            times.append(time.perf_counter() - started)
    return statistics.median(times)


async def _warm(exercise: Exercise, sources: list[str]) -> list[float]:
    from tui.app import FromScratchApp

    times = []
    with tempfile.TemporaryDirectory() as folder:
        os.environ["FROMSCRATCH_CONFIG"] = str(Path(folder) / "config")
        app = FromScratchApp(Path(folder) / "workspace")
        async with app.run_test(size=(120, 40)) as pilot:
            await app.grader.engine.ready.wait()
            app.open_exercise(exercise)
            await pilot.pause(WARMUP_SECONDS)  # when idle, the engine imports the modules that few checks need
            drawn = asyncio.Event()

            def on_change(state: CheckState) -> None:
                if state.phase == "done" and state.exercise.id == exercise.id:
                    app.call_after_refresh(drawn.set)

            app.checker.changed.subscribe(app.screen, on_change)
            path = app.learner.workspace.path(exercise)
            for number in range(ROUNDS):
                await asyncio.sleep(SAVE_INTERVAL)
                drawn.clear()
                started = time.perf_counter()
                path.write_text(f"{sources[number % len(sources)]}\n# save {number}\n")
                await asyncio.wait_for(drawn.wait(), 30)
                times.append(time.perf_counter() - started)
    return times[2:]
