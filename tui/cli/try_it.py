"""`fromscratch try`: a learner's file on real data, drawn in the terminal."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click
import msgspec

from engine.errors import EngineError
from exercises.course import Course
from exercises.exercise import Exercise
from exercises.inputs import InvalidInput
from exercises.load import load_course
from exercises.tries import TEXT, Setting, SettingValue, Try, try_of
from grader.errors import GraderError
from playground.tryout.client import TryFailed, TryResult, run_try
from playground.tryout.sources import TriedSource, file_source, own_source, reference_of
from tui.cli.grading import open_grader
from tui.cli.terminal import echo, echo_drawings, echo_json
from tui.cli.workspace import open_exercise, open_workspace

NONE = "{id} has no try. `fromscratch try --list` lists the exercises that have one."


@click.command("try")
@click.argument("id", required=False)
@click.option("--text", help="A text of yours to try it on, where the try takes one.")
@click.option("--set", "assignments", multiple=True, metavar="NAME=VALUE", help="Change a setting of the try.")
@click.option("--source", type=click.Path(path_type=Path), help="Try this file instead of the workspace's.")
@click.option("--reference", is_flag=True, help="Try the reference's code instead of yours.")
@click.option("--list", "list_all", is_flag=True, help="List the exercises that have a try, with their settings.")
@click.option("--json", "as_json", is_flag=True, help="Print the drawings as one JSON object.")
@click.pass_obj
def try_command(
    root: Path, id: str | None, text: str | None, assignments: tuple[str, ...], source: Path | None,
    reference: bool, list_all: bool, as_json: bool,
) -> None:  # fmt: skip
    """Try your file on real data: your file as it last passed, or else as it is now.

    Exit codes: 0 shown; 1 the code failed; 2 wrong usage or an internal error.
    """
    if list_all:
        _list(load_course(), as_json)
        return
    if source is not None and reference:
        raise click.UsageError("Give --source or --reference, not both.")
    with open_workspace(root) as (course, workspace, progress):
        exercise = open_exercise(course, progress, id)
        attempt = try_of(exercise)
        if attempt is None:
            raise click.UsageError(NONE.format(id=exercise.id))
        settings = _settings(attempt, text, assignments)
        if reference:
            tried = reference_of(exercise)
        else:
            tried = own_source(workspace, exercise) if source is None else file_source(source)
    sys.exit(_run(exercise, attempt, tried, settings, as_json))


def _settings(attempt: Try, text: str | None, assignments: tuple[str, ...]) -> dict[str, SettingValue]:
    given = {} if text is None else {TEXT: text}
    for assignment in assignments:
        name, separator, value = assignment.partition("=")
        if not separator:
            raise click.UsageError(f"Write --set NAME=VALUE, not --set {assignment}.")
        given[name.strip()] = value
    try:
        return attempt.complete(given)
    except InvalidInput as error:
        raise click.UsageError(str(error)) from None


def _run(
    exercise: Exercise, attempt: Try, tried: TriedSource, settings: Mapping[str, SettingValue], as_json: bool
) -> int:  # fmt: skip
    async def run() -> TryResult:
        async with open_grader() as grader:
            return await run_try(grader.engine, exercise, attempt, tried.content, settings)

    result, failure = None, None
    try:
        result = asyncio.run(run())
    except TryFailed as error:
        failure = error
    except (EngineError, GraderError) as error:
        echo(str(error), err=True)
        return 2
    except KeyboardInterrupt:
        return 130
    if as_json:
        echo_json(_data(exercise, tried, settings, result, failure))
    else:
        _print(exercise, tried, result, failure)
    return 0 if failure is None else 1


def _print(exercise: Exercise, tried: TriedSource, result: TryResult | None, failure: TryFailed | None) -> None:
    echo(f"{exercise.title}: {tried.label}", bold=True)
    echo()
    if result is not None:
        echo_drawings(result.drawings)
    if failure is not None:
        echo(f"✗ {failure}")
    if printed := _printed(result, failure):
        echo(f"\nYour code printed:\n{printed}")


def _printed(result: TryResult | None, failure: TryFailed | None) -> str:
    return result.printed if result else failure.printed if failure else ""


def _data(
    exercise: Exercise,
    tried: TriedSource,
    settings: Mapping[str, SettingValue],
    result: TryResult | None,
    failure: TryFailed | None,
) -> dict[str, Any]:
    return {
        "version": 1,
        "exercise": exercise.id,
        "source": tried.label,
        "passed": tried.passed,
        "settings": dict(settings),
        "drawings": msgspec.to_builtins(result.drawings) if result else [],
        "message": str(failure) if failure else None,
        "line": failure.line if failure else None,
        "printed": _printed(result, failure),
    }


def _list(course: Course, as_json: bool) -> None:
    tries = [(exercise, attempt) for exercise in course.exercises if (attempt := try_of(exercise))]
    if as_json:
        echo_json({"version": 1, "tries": [_try_data(*pair) for pair in tries]})
        return
    for exercise, attempt in tries:
        echo(f"{exercise.id:<22} {attempt.summary}")
        for setting in attempt.settings:
            option = "--text" if setting.name == TEXT else f"--set {setting.name}="
            echo(f"{'':<22}   {option} {setting.description()}")


def _try_data(exercise: Exercise, attempt: Try) -> dict[str, Any]:
    settings = [_setting_data(setting) for setting in attempt.settings]
    return {"exercise": exercise.id, "title": exercise.title, "summary": attempt.summary, "settings": settings}


def _setting_data(setting: Setting) -> dict[str, Any]:
    return {"name": setting.name, "default": setting.default, "takes": setting.description()}
