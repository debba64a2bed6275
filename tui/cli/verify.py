"""`fromscratch verify`: proves that the exercises' tests tell right solutions from wrong ones."""

from __future__ import annotations

import asyncio
import contextlib
import sys
from pathlib import Path

import click
import msgspec

from engine.errors import EngineError
from exercises.course import UnknownExercise
from exercises.decode import CourseError
from exercises.exercise import Exercise
from exercises.load import check_course, load_course
from exercises.location import course_folder, is_own, reference_file
from grader.check import Grader, forget_files
from grader.errors import GraderError
from grader.proof.verify import ExerciseResult, verify
from learner.watch import needs_polling
from tui import other_course
from tui.cli.grading import open_grader
from tui.cli.terminal import echo, echo_json
from tui.cli.workspace import find_exercise


@click.command("verify")
@click.argument("ids", nargs=-1, metavar="[ID]…")
@click.option("--jobs", type=click.IntRange(0, 64), default=0, help="Checks to run in parallel (0: for all cores).")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object with all results.")
@click.option("--faults", is_flag=True, help="Try the general wrong solutions of grader/proof/faults.toml too.")
@click.option("--watch", is_flag=True, help="Prove one exercise again at each save, until Ctrl-C.")
@click.pass_obj
def verify_command(root: Path, ids: tuple[str, ...], jobs: int, as_json: bool, faults: bool, watch: bool) -> None:
    """Prove exercises: every solution gets the right verdict.

    The reference and the other styles pass, the stub fails, and every mistake is caught and named.
    """
    if watch:
        if len(ids) != 1 or as_json:
            raise click.UsageError("--watch takes one exercise, and no --json.")
        load_course().exercise(ids[0])
        with contextlib.suppress(KeyboardInterrupt):
            asyncio.run(_watch(ids[0], jobs, faults))
        return
    check_course()
    course = load_course()
    exercises = [find_exercise(course, id) for id in ids] or list(course.exercises)
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
        blanks = sum(len(result.unfinished) for result in results)
        more = f"; {blanks} blanks to fill" if blanks else ""
        echo(f"{len(results)} exercises, {len(solutions)} solutions, {unproved} with a wrong verdict{more}.")
    if proved and not ids and not is_own():
        other_course.record_proof(course_folder(), root)
    sys.exit(0 if proved else 1)


async def _verify(exercises: list[Exercise], jobs: int, as_json: bool, faults: bool) -> list[ExerciseResult]:
    results = []
    async with open_grader() as grader:
        async for result in verify(grader, exercises, jobs, faults):
            results.append(result)
            if not as_json:
                _print(result)
    return results


async def _watch(id: str, jobs: int, faults: bool) -> None:
    """Proves the exercise now and after each save of a file in its folder, or of its reference."""
    from watchfiles import awatch

    exercise = load_course().exercise(id)
    folder, reference = exercise.folder, reference_file(exercise.reference)

    def is_source(change: object, path: str) -> bool:
        inside = Path(path).is_relative_to(folder) and path.endswith((".py", ".toml", ".md"))
        return inside or Path(path) == reference

    saved = asyncio.Event()

    async def notice_saves() -> None:
        polls = needs_polling(folder)
        async for _ in awatch(folder, reference.parent, watch_filter=is_source, step=20, force_polling=polls):
            saved.set()

    watcher = asyncio.create_task(notice_saves())  # before the first proof, so that no save is missed
    try:
        async with open_grader() as grader:
            while True:
                saved.clear()
                forget_files()
                await _prove(grader, id, jobs, faults)
                await saved.wait()
                echo()
    finally:
        watcher.cancel()


async def _prove(grader: Grader, id: str, jobs: int, faults: bool) -> None:
    """Prints the exercise's result, or the error in its files."""
    try:
        check_course()
        async for result in verify(grader, [load_course().exercise(id)], jobs, faults):
            _print(result)
    except (CourseError, UnknownExercise, GraderError, SyntaxError, LookupError) as error:
        echo(f"✗ {error}")
    echo("Waiting for the next save; Ctrl-C ends.")


def _print(result: ExerciseResult) -> None:
    kinds = [solution.what for solution in result.results]
    faults = f", {kinds.count('fault')} general faults" if "fault" in kinds else ""
    echo(f"{'✓' if result.proved else '✗'} {result.id}: reference, stub, {kinds.count('mistake')} mistakes, "
               f"{kinds.count('style')} other styles{faults}")  # fmt: skip
    for solution in result.results:
        if not solution.proved:
            echo(f"    {solution.what} {solution.name}: {solution.problem}")
    for sentence in result.unfinished:
        echo(f"    {sentence}")
