"""`fromscratch verify`: proves that the exercises' tests tell right solutions from wrong ones."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

import click
import msgspec

from engine.client import EngineError
from exercises.course import Exercise
from exercises.load import load_course
from grader.check import GraderError
from grader.proof.verify import ExerciseResult, verify
from tui.cli.grading import open_grader
from tui.cli.terminal import echo, echo_json


@click.command("verify")
@click.argument("ids", nargs=-1, metavar="[ID]…")
@click.option("--jobs", type=click.IntRange(0, 64), default=0, help="Checks to run in parallel (0: one per core).")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object with all results.")
@click.option("--faults", is_flag=True, help="Try the general wrong solutions of grader/proof/faults.toml too.")
@click.pass_obj
def verify_command(root: Path, ids: tuple[str, ...], jobs: int, as_json: bool, faults: bool) -> None:
    """Prove exercises: every solution gets the right verdict.

    The reference and the other styles pass, the stub fails, and every mistake is caught and named.
    """
    course = load_course()
    exercises = [course.exercise(id) for id in ids] or list(course.exercises)
    try:
        results = asyncio.run(_verify(exercises, jobs, as_json, faults))
    except (EngineError, GraderError) as error:
        echo(str(error), err=True)
        sys.exit(2)
    proved = all(result.proved for result in results)
    if as_json:
        report = {"version": 1, "proved": proved, "exercises": msgspec.to_builtins(results)}
        echo_json(report)
    else:
        solutions = [solution for result in results for solution in result.results]
        unproved = sum(not solution.proved for solution in solutions)
        echo(f"{len(results)} exercises, {len(solutions)} solutions, {unproved} with a wrong verdict.")
    sys.exit(0 if proved else 1)


async def _verify(exercises: list[Exercise], jobs: int, as_json: bool, faults: bool) -> list[ExerciseResult]:
    results = []
    async with open_grader() as grader:
        async for result in verify(grader, exercises, jobs, faults):
            results.append(result)
            if not as_json:
                _print(result)
    return results


def _print(result: ExerciseResult) -> None:
    kinds = [solution.what for solution in result.results]
    faults = f", {kinds.count('fault')} general faults" if "fault" in kinds else ""
    echo(f"{'✓' if result.proved else '✗'} {result.id}: reference, stub, {kinds.count('mistake')} mistakes, "
               f"{kinds.count('style')} other styles{faults}")  # fmt: skip
    for solution in result.results:
        if not solution.proved:
            echo(f"    {solution.what} {solution.name}: {solution.problem}")
