"""`fromscratch race`: the learner's code beside the reference's, on the same random work, several times."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

import click
import msgspec

from engine.client import EngineError
from exercises.course import Course
from exercises.exercise import Exercise
from exercises.load import load_course
from grader.check import GraderError
from grader.parts import own_parts_of
from grader.race_result import RaceResult
from grader.verdict import Verdict
from learner.errors import WorkspaceError
from learner.source_file import read_file
from learner.workspace import Workspace
from tui.cli.grading import open_grader
from tui.cli.print_verdict import print_verdict
from tui.cli.terminal import echo, echo_json, echo_status
from tui.cli.workspace import find_exercise
from tui.race_words import default_rounds, result_lines


@click.command("race")
@click.argument("id", required=False)
@click.option("--source", type=click.Path(path_type=Path), help="Race this file instead of the workspace's.")
@click.option("--rounds", type=click.IntRange(1, 99), help="How often to measure (default: 15; trainings: 3).")
@click.option("--seconds", type=click.FloatRange(1, 600), help="CPU seconds of a training (default: 60).")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@click.pass_obj
def race_command(
    root: Path, id: str | None, source: Path | None, rounds: int | None, seconds: float | None, as_json: bool
) -> None:
    """Race your code against the reference: CPU time and memory, side by side.

    Both get the same new random work in every round, in sandboxed processes that run in turn. The figure is the median
    of yours / reference, with the interval that contains it with 95 % probability; if that contains 1, it is a tie.
    Threads, child processes and waiting do not help: the CPU time of all of them counts. Code that does not pass the
    checks does not count. For tiny-lm it is the loss on new text after a training of 60 CPU seconds, which takes some
    minutes. Nothing is stored or sent. Without ID, it lists the exercises with a race.

    Exit codes: 0 measured; 1 it does not count; 2 wrong usage or an internal error.
    """
    course = load_course()
    if id is None:
        _list(course)
        return
    exercise = find_exercise(course, id)
    if not exercise.race_task:
        raise click.UsageError(f"{exercise.id} has no race. `fromscratch race` lists the exercises that have one.")
    if seconds is not None and exercise.race_budget is None:
        raise click.UsageError(f"--seconds is for races of trainings; that of {exercise.id} is none.")
    rounds = rounds or default_rounds(exercise)
    workspace = Workspace(root, course)
    code = read_file(source or workspace.path(exercise), WorkspaceError)
    try:
        verdict, result = asyncio.run(_race(workspace, exercise, code, rounds, seconds))
    except (EngineError, GraderError) as error:
        echo(str(error), err=True)
        sys.exit(2)
    if as_json:
        result_data = None if result is None else msgspec.to_builtins(result)
        echo_json({"version": 1, "exercise": exercise.id, "passed": verdict.passed, "race": result_data})
    elif result is None:
        print_verdict(verdict, exercise)
        echo("Code that does not pass the checks does not count in a race.")
    else:
        _print(exercise, result)
    sys.exit(0 if result is not None and not result.invalid else 1)


def _list(course: Course) -> None:
    races = [exercise for exercise in course.exercises if exercise.race_task]
    width = max((len(exercise.id) for exercise in races), default=0)
    for exercise in races:
        echo(f"{exercise.id:<{width}}  {exercise.race_task}")


async def _race(
    workspace: Workspace, exercise: Exercise, source: bytes, rounds: int, seconds: float | None
) -> tuple[Verdict, RaceResult | None]:
    async with open_grader() as grader:
        verdict = await grader.check(exercise, source, None, own_parts_of(workspace, exercise))
        if not verdict.passed:
            return verdict, None
        _show_round(0, rounds)
        return verdict, await grader.race(exercise, source, rounds, lambda number: _show_round(number, rounds), seconds)


def _show_round(number: int, rounds: int) -> None:
    echo_status(f"round {number} of {rounds}" if number < rounds else "")


def _print(exercise: Exercise, result: RaceResult) -> None:
    echo(f"{exercise.title} ({exercise.id})", bold=True)
    for line in result_lines(result):
        echo(line)
