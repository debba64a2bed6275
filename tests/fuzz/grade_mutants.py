"""Grades thousands of mutated and hostile sources through the real grader, and looks for what must never be.

    python -m tests.fuzz.grade_mutants [--count 10000] [--seed 1] [--jobs 2] [--report FILE]

A crash of the engine or a fault ends it. So does a check beyond its limit. In the end it counts what was left behind
(processes, open files, scratch folders, memory), and every mutant that passed is graded again with other random
inputs and weights (FROMSCRATCH_SALT): one that then fails has passed falsely. What passes and is not plainly the same
program is written down, to be read by a person.
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
from exercises.course import Exercise
from exercises.load import load_course
from grader.batching import grade_all
from grader.check import PRELOAD, Grader
from grader.source import reference_source
from playground.store import gpt2_vocabulary
from tests.fuzz.mutations import mutant

LIMIT = 3.0
SLACK = 25.0  # beyond the limit until the engine's own backstop
PORTION = 48
SALTS = ("fresh-1", "fresh-2")


def engine(salt: str = "") -> Engine:
    vocabulary = gpt2_vocabulary()
    environment = {"FROMSCRATCH_SALT": salt}
    return Engine(PRELOAD, environment | ({"FROMSCRATCH_GPT2_VOCABULARY": str(vocabulary)} if vocabulary else {}))


def state(pid: int) -> dict[str, int]:
    """What the engine holds: processes, descriptors, scratch folders, memory in MB."""
    status = Path(f"/proc/{pid}/status").read_text()
    memory = next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmRSS"))
    bases = Path(tempfile.gettempdir()).glob(f"{PREFIX}{pid}-*")
    return {
        "processes": len(descendants(pid)),
        "descriptors": len(os.listdir(f"/proc/{pid}/fd")),
        "scratch folders": sum(len(list(base.iterdir())) for base in bases),
        "memory MB": memory // 1024,
    }


def same_program(one: bytes, other: str) -> bool:
    """Whether two sources are one program but for docstrings, comments and layout."""
    try:
        return _plain(one.decode()) == _plain(other)
    except (SyntaxError, ValueError, RecursionError):
        return False


def _plain(source: str) -> str:
    tree = ast.parse(source)
    for node in ast.walk(tree):
        body = getattr(node, "body", None)
        if isinstance(body, list):
            node.body = [s for s in body if not (isinstance(s, ast.Expr) and isinstance(s.value, ast.Constant))]  # type: ignore[attr-defined]
    return ast.dump(tree)


async def settled(grader: Grader, exercise: Exercise, source: str) -> dict[str, int]:
    """The engine's state once it is idle."""
    assert (await grader.check(exercise, source.encode())).passed
    await asyncio.sleep(8)
    assert grader.engine.process is not None
    return state(grader.engine.process.pid)


async def campaign(count: int, seed: int, jobs: int, report: Path | None) -> int:
    chance = random.Random(seed)
    exercises = [structs.replace(exercise, time_limit=LIMIT) for exercise in load_course().exercises]
    rights = {exercise.id: [reference_source.as_solution(exercise), *(
        path.read_text("utf-8") for path in sorted((exercise.folder / "other_styles").glob("*.py")))]
        for exercise in exercises}  # fmt: skip
    grader = Grader(engine())
    before = await settled(grader, exercises[0], rights[exercises[0].id][0])
    print("before", before, flush=True)
    outcomes: collections.Counter[tuple[str, str]] = collections.Counter()
    passed: list[tuple[Exercise, str, bytes, str]] = []
    slowest, started = 0.0, time.monotonic()
    for done in range(0, count, PORTION):
        work = []
        for exercise in chance.choices(exercises, k=min(PORTION, count - done) // 6 + 1):
            for _ in range(6):
                right = chance.choice(rights[exercise.id])
                work.append((exercise, right, *mutant(right, chance)))
        verdicts = grade_all(grader, [(exercise, source) for exercise, _, _, source in work], jobs)
        place = 0
        async for verdict in verdicts:
            exercise, right, kind, source = work[place]
            place += 1
            assert verdict.checks, (exercise.id, source)
            outcomes[kind, verdict.outcome] += 1
            slowest = max(slowest, verdict.seconds)
            if verdict.seconds > LIMIT + SLACK:
                print("too slow", exercise.id, verdict.seconds, source.decode("utf-8", "replace"))
                return 1
            if verdict.passed and not same_program(source, right):
                passed.append((exercise, kind, source, right))
        if (done // PORTION) % 10 == 0:
            print(
                f"{sum(outcomes.values())} graded, {len(passed)} to look at, {time.monotonic() - started:.0f} s",
                flush=True,
            )
    after = await settled(grader, exercises[0], rights[exercises[0].id][0])
    print("after", after, f"slowest check {slowest:.1f} s, {time.monotonic() - started:.0f} s in all")
    await grader.engine.close()
    for (kind, outcome), number in sorted(outcomes.items()):
        print(f"  {kind:6} {outcome:8} {number}")
    false = await again(passed, rights, jobs)
    if report:
        report.write_text("".join(_line(*item, false) for item in passed), encoding="utf-8")
    print(f"{len(passed)} passed and are not plainly the same program; {len(false)} of them fail with other inputs")
    for exercise, kind, source, right in false.values():
        print(f"--- {exercise.id} ({kind})\n{_difference(right, source)}")
    left = {name: after[name] - before[name] for name in before}
    leaks = left["processes"] > 0 or left["descriptors"] > 2 or left["scratch folders"] > 0 or left["memory MB"] > 60
    print("left behind:", left)
    return 1 if leaks or false else 0


Passed = tuple[Exercise, str, bytes, str]


async def again(passed: list[Passed], rights: dict[str, list[str]], jobs: int) -> dict[bytes, Passed]:
    """Those that fail with other inputs, where the right solution does not."""
    false: dict[bytes, Passed] = {}
    for salt in SALTS:
        grader = Grader(engine(salt))
        fit = set()
        for exercise in {exercise.id: exercise for exercise, *_ in passed}.values():
            if (await grader.check(exercise, rights[exercise.id][0].encode())).passed:
                fit.add(exercise.id)
            else:
                print(f"{exercise.id}: its own tests do not hold with the salt {salt}, so nothing is said there")
        work = [item for item in passed if item[0].id in fit and item[2] not in false]
        place = 0
        async for verdict in grade_all(grader, [(exercise, source) for exercise, _, source, _ in work], jobs):
            if verdict.outcome == "failed":
                false[work[place][2]] = work[place]
            place += 1
        await grader.engine.close()
    return false


def _difference(right: str, source: bytes) -> str:
    import difflib

    lines = source.decode("utf-8", "replace").splitlines()
    try:  # as one formatting, so that only what changed is shown
        old, new = ast.unparse(ast.parse(right)).splitlines(), ast.unparse(ast.parse(source)).splitlines()
    except (SyntaxError, ValueError):
        old, new = right.splitlines(), lines
    return "\n".join(
        line for line in difflib.unified_diff(old, new, lineterm="", n=0) if not line.startswith(("---", "+++"))
    )


def _line(exercise: Exercise, kind: str, source: bytes, right: str, false: dict[bytes, Any]) -> str:
    what = {"exercise": exercise.id, "kind": kind, "false": source in false, "difference": _difference(right, source)}
    return json.dumps(what, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--count", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--report", type=Path)
    given = parser.parse_args()
    sys.exit(asyncio.run(campaign(given.count, given.seed, given.jobs, given.report)))
