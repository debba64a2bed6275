"""Grades thousands of mutated and hostile sources with the real grader, and reports crashes, leaks and false passes.

    python -m tests.fuzz.grade_mutants [--count 10000] [--seed 1] [--jobs 2] [--report FILE]

A crash of the engine, an internal error or a check beyond its time limit ends the run. At the end, the program counts
processes, open files, scratch folders and memory that were left behind. It grades every mutant that passed again with
different random inputs and weights (FROMSCRATCH_SALT): if the mutant then fails, it was a false pass. `--report` writes
the passing mutants that are not trivially the same program, for manual review.
"""

from __future__ import annotations

import argparse
import ast
import asyncio
import collections
import json
import os
import random
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from msgspec import structs

from engine.client import Engine
from engine.reap import descendants
from engine.scratch import PREFIX
from exercises.exercise import Exercise
from exercises.load import load_course
from grader.batching import grade_all
from grader.check import PRELOAD, Grader
from grader.source import reference_source
from playground.store import gpt2_vocabulary
from tests.fuzz.mutations import mutant

TIME_LIMIT = 3.0
GRACE = 25.0  # seconds beyond the limit after which the engine ends a check by force
BATCH = 48
SALTS = ("fresh-1", "fresh-2")


def salted_engine(salt: str = "") -> Engine:
    vocabulary = gpt2_vocabulary()
    environment = {"FROMSCRATCH_SALT": salt}
    return Engine(PRELOAD, environment | ({"FROMSCRATCH_GPT2_VOCABULARY": str(vocabulary)} if vocabulary else {}))


def resources(pid: int) -> dict[str, int]:
    """The engine's processes, file descriptors, scratch folders and memory in MB."""
    status = Path(f"/proc/{pid}/status").read_text()
    memory = next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmRSS"))
    bases = Path(tempfile.gettempdir()).glob(f"{PREFIX}{pid}-*")
    return {
        "processes": len(descendants(pid)),
        "descriptors": len(os.listdir(f"/proc/{pid}/fd")),
        "scratch folders": sum(len(list(base.iterdir())) for base in bases),
        "memory MB": memory // 1024,
    }


def same_program(mutant: bytes, solution: str) -> bool:
    """Whether the sources differ only in docstrings, comments and layout."""
    try:
        return _normalized(mutant.decode()) == _normalized(solution)
    except (SyntaxError, ValueError, RecursionError):
        return False


def _normalized(source: str) -> str:
    tree = ast.parse(source)
    for node in ast.walk(tree):
        body = getattr(node, "body", None)
        if isinstance(body, list):
            node.body = [s for s in body if not (isinstance(s, ast.Expr) and isinstance(s.value, ast.Constant))]  # type: ignore[attr-defined]
    return ast.dump(tree)


async def idle_resources(grader: Grader, exercise: Exercise, source: str) -> dict[str, int]:
    """The engine's resources once it is idle."""
    assert (await grader.check(exercise, source.encode())).passed
    await asyncio.sleep(8)
    assert grader.engine.process is not None
    return resources(grader.engine.process.pid)


async def run(count: int, seed: int, jobs: int, report: Path | None) -> int:
    rng = random.Random(seed)
    exercises = [structs.replace(exercise, time_limit=TIME_LIMIT) for exercise in load_course().exercises]
    solutions = {exercise.id: [reference_source.as_solution(exercise), *(
        path.read_text("utf-8") for path in sorted((exercise.folder / "other_styles").glob("*.py")))]
        for exercise in exercises}  # fmt: skip
    grader = Grader(salted_engine())
    before = await idle_resources(grader, exercises[0], solutions[exercises[0].id][0])
    print("before", before, flush=True)
    outcomes: collections.Counter[tuple[str, str]] = collections.Counter()
    passed: list[tuple[Exercise, str, bytes, str]] = []
    slowest, started = 0.0, time.monotonic()
    for done in range(0, count, BATCH):
        work = []
        for exercise in rng.choices(exercises, k=min(BATCH, count - done) // 6 + 1):
            for _ in range(6):
                solution = rng.choice(solutions[exercise.id])
                work.append((exercise, solution, *mutant(solution, rng)))
        verdicts = grade_all(grader, [(exercise, source) for exercise, _, _, source in work], jobs)
        index = 0
        async for verdict in verdicts:
            exercise, solution, kind, source = work[index]
            index += 1
            assert verdict.checks, (exercise.id, source)
            outcomes[kind, verdict.outcome] += 1
            slowest = max(slowest, verdict.seconds)
            if verdict.seconds > TIME_LIMIT + GRACE:
                print("too slow", exercise.id, verdict.seconds, source.decode("utf-8", "replace"))
                return 1
            if verdict.passed and not same_program(source, solution):
                passed.append((exercise, kind, source, solution))
        if (done // BATCH) % 10 == 0:
            print(
                f"{sum(outcomes.values())} graded, {len(passed)} to review, {time.monotonic() - started:.0f} s",
                flush=True,
            )
    after = await idle_resources(grader, exercises[0], solutions[exercises[0].id][0])
    print("after", after, f"slowest check {slowest:.1f} s, {time.monotonic() - started:.0f} s in total")
    await grader.engine.close()
    for (kind, outcome), number in sorted(outcomes.items()):
        print(f"  {kind:6} {outcome:8} {number}")
    false_passes = await false_passes_of(passed, solutions, jobs)
    if report:
        report.write_text("".join(_report_line(*item, false_passes) for item in passed), encoding="utf-8")
    print(f"{len(passed)} passing mutants to review; {len(false_passes)} fail with different inputs")
    for exercise, kind, source, solution in false_passes.values():
        print(f"--- {exercise.id} ({kind})\n{_difference(solution, source)}")
    growth = {name: after[name] - before[name] for name in before}
    allowed = {"processes": 0, "descriptors": 2, "scratch folders": 0, "memory MB": 60}
    leaks = any(growth[name] > allowed[name] for name in allowed)
    print("left behind:", growth)
    return 1 if leaks or false_passes else 0


Passed = tuple[Exercise, str, bytes, str]


async def false_passes_of(passed: list[Passed], solutions: dict[str, list[str]], jobs: int) -> dict[bytes, Passed]:
    """The passing mutants that fail with different inputs, with which the correct solution passes."""
    false_passes: dict[bytes, Passed] = {}
    for salt in SALTS:
        grader = Grader(salted_engine(salt))
        usable = set()
        for exercise in {exercise.id: exercise for exercise, *_ in passed}.values():
            if (await grader.check(exercise, solutions[exercise.id][0].encode())).passed:
                usable.add(exercise.id)
            else:
                print(f"{exercise.id}: the correct solution fails with the salt {salt}, which is skipped")
        work = [item for item in passed if item[0].id in usable and item[2] not in false_passes]
        index = 0
        async for verdict in grade_all(grader, [(exercise, source) for exercise, _, source, _ in work], jobs):
            if verdict.outcome == "failed":
                false_passes[work[index][2]] = work[index]
            index += 1
        await grader.engine.close()
    return false_passes


def _difference(solution: str, source: bytes) -> str:
    import difflib

    lines = source.decode("utf-8", "replace").splitlines()
    try:  # formatted alike, so that only real changes are shown
        old, new = ast.unparse(ast.parse(solution)).splitlines(), ast.unparse(ast.parse(source)).splitlines()
    except (SyntaxError, ValueError):
        old, new = solution.splitlines(), lines
    return "\n".join(
        line for line in difflib.unified_diff(old, new, lineterm="", n=0) if not line.startswith(("---", "+++"))
    )


def _report_line(exercise: Exercise, kind: str, source: bytes, solution: str, false_passes: dict[bytes, Any]) -> str:
    entry = {
        "exercise": exercise.id,
        "kind": kind,
        "false": source in false_passes,
        "difference": _difference(solution, source),
    }
    return json.dumps(entry, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--count", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--report", type=Path)
    options = parser.parse_args()
    sys.exit(asyncio.run(run(options.count, options.seed, options.jobs, options.report)))
