"""`fromscratch verify`: proves that the exercises' tests catch what they should."""

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


@click.command("verify")
@click.argument("ids", nargs=-1, metavar="[ID]…")
@click.option("--jobs", type=click.IntRange(0, 64), default=0, help="So many checks side by side (0: one a core).")
@click.option("--json", "as_json", is_flag=True, help="One JSON object with every result.")
@click.option("--faults", is_flag=True, help="Try the general wrong solutions of grader/faults.toml too.")
@click.pass_obj
def verify_command(root: Path, ids: tuple[str, ...], jobs: int, as_json: bool, faults: bool) -> None:
    """Prove exercises: reference passes, stub fails, every mistake is caught and named."""
    course = load_course()
    chosen = [course.exercise(name) for name in ids] or list(course.exercises)
    try:
        found = asyncio.run(_prove(chosen, jobs, as_json, faults))
    except (EngineError, GraderError) as error:
        click.echo(str(error), err=True)
        sys.exit(2)
    proved = all(one.proved for one in found)
    if as_json:
        whole = {"version": 1, "proved": proved, "exercises": msgspec.to_builtins(found)}
        click.echo(msgspec.json.encode(whole))
    else:
        tried = sum(len(one.results) for one in found)
        wrong = [result for one in found for result in one.results if not result.proved]
        click.echo(f"{len(found)} exercises, {tried} solutions tried, {len(wrong)} not as they should be.")
    sys.exit(0 if proved else 1)


async def _prove(chosen: list[Exercise], jobs: int, as_json: bool, faults: bool) -> list[ExerciseResult]:
    found = []
    async with open_grader() as grader:
        async for one in verify(grader, chosen, jobs, faults):
            found.append(one)
            if not as_json:
                _show(one)
    return found


def _show(one: ExerciseResult) -> None:
    mistakes = sum(result.what == "mistake" for result in one.results)
    styles = sum(result.what == "style" for result in one.results)
    mark = "✓" if one.proved else "✗"
    faults = sum(result.what == "fault" for result in one.results)
    more = f", {faults} general faults" if faults else ""
    click.echo(f"{mark} {one.id}: reference, stub, {mistakes} mistakes, {styles} other styles{more}")
    for result in one.results:
        if not result.proved:
            click.echo(f"    {result.what} {result.name}: {result.problem}")
