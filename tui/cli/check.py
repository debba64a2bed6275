"""`fromscratch check`: grades one or many files, once or after every save, for people or for programs."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from collections.abc import AsyncIterator, Coroutine
from pathlib import Path
from typing import Any

import click
import msgspec

from engine.errors import EngineError
from exercises.course import Course, UnknownExercise
from exercises.exercise import Exercise
from exercises.load import load_course
from grader.batching import Solution, grade_all
from grader.check import Grader
from grader.errors import GraderError
from grader.parts import own_parts_of
from grader.verdict import Verdict
from learner.progress import Progress
from learner.source_file import UnreadableFile, read_file
from learner.workspace import Workspace
from tui.cli.grading import open_grader, record_attempt
from tui.cli.print_verdict import print_verdict
from tui.cli.terminal import echo, echo_json, read_input
from tui.cli.training_line import TrainingLine
from tui.cli.workspace import find_exercise, open_progress


@click.command("check")
@click.argument("ids", nargs=-1, metavar="[ID]…")
@click.option("--source", type=click.Path(path_type=Path), help="Grade this file instead of the workspace's.")
@click.option("--all", "check_all", is_flag=True, help="Grade every exercise of the workspace.")
@click.option("--watch", is_flag=True, help="Grade again after every save, until Ctrl-C.")
@click.option("--batch", type=click.Path(path_type=Path),
              help='Grade the files in these JSON lines: {"exercise": ID, "source": PATH}.')  # fmt: skip
@click.option("--jobs", type=click.IntRange(1, 64), help="Checks to run in parallel (default: for all cores).")
@click.option("--sandbox", type=click.Choice(["auto", "strict"]), envvar="FROMSCRATCH_SANDBOX",
              help="strict: grade in namespaces without network or your files, or exit with code 2.")  # fmt: skip
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object per verdict.")
@click.pass_obj
def check_command(
    root: Path, ids: tuple[str, ...], source: Path | None, check_all: bool, watch: bool, batch: Path | None,
    jobs: int | None, sandbox: str | None, as_json: bool,
) -> None:  # fmt: skip
    """Grade exercises.

    Exit codes: 0 all passed; 1 not all passed; 2 wrong usage or an internal error.
    """
    if sandbox:
        os.environ["FROMSCRATCH_SANDBOX"] = sandbox  # The engine inherits it.
    course = load_course()
    if batch is not None:
        if ids or source or check_all or watch:
            raise click.UsageError("--batch can only be combined with --json and --jobs.")
        sys.exit(_run(_check_batch(course, batch, jobs or 0, as_json)))
    if source is not None and (len(ids) != 1 or check_all or watch):
        raise click.UsageError("--source grades one file: name one exercise, without --all or --watch.")
    if check_all and ids:
        raise click.UsageError("Name exercises or give --all, not both.")
    exercises = [find_exercise(course, id) for id in ids]
    if source is not None:
        sys.exit(_run(_check_source(Workspace(root, course), exercises[0], source, as_json)))
    workspace = Workspace(root, course)
    workspace.create()
    with open_progress(workspace) as progress:
        if check_all:
            exercises = list(course.exercises)
        exercises = exercises or [progress.current_exercise(course)]
        if watch:
            sys.exit(_run(_watch(workspace, progress, exercises, as_json)))
        sys.exit(_run(_check_workspace(workspace, progress, exercises, as_json, jobs or 0)))


def _run(task: Coroutine[Any, Any, int]) -> int:
    try:
        return asyncio.run(task)
    except (EngineError, GraderError) as error:
        echo(str(error), err=True)
        return 2
    except KeyboardInterrupt:
        return 130


def _print(verdict: Verdict, exercise: Exercise, as_json: bool, source: str = "") -> None:
    """Prints a verdict. `source` is the graded file as the command or the batch names it, for JSON."""
    if as_json:
        echo_json(msgspec.to_builtins(verdict) | ({"source": source} if source else {}))
    else:
        print_verdict(verdict, exercise)
    sys.stdout.flush()


async def _check_source(workspace: Workspace, exercise: Exercise, source: Path, as_json: bool) -> int:
    if not os.path.lexists(source):
        raise click.UsageError(f"There is no file {source}.")
    async with open_grader() as grader:
        verdict = await grader.check(exercise, source, TrainingLine(exercise), own_parts_of(workspace, exercise))
    _print(verdict, exercise, as_json, str(source))
    return 0 if verdict.passed else 1


async def _check_workspace(
    workspace: Workspace, progress: Progress, exercises: list[Exercise], as_json: bool, jobs: int
) -> int:
    all_passed = True
    work: list[Solution] = [(exercise, _read(workspace.path(exercise))) for exercise in exercises]
    async with open_grader() as grader:
        verdicts = _verdicts(workspace, grader, work, jobs)
        for exercise, source in work:
            verdict = await anext(verdicts)
            record_attempt(progress, exercise, source, verdict)
            _print(verdict, exercise, as_json)
            all_passed = all_passed and verdict.passed
    return 0 if all_passed else 1


async def _verdicts(workspace: Workspace, grader: Grader, work: list[Solution], jobs: int) -> AsyncIterator[Verdict]:
    """Yields the verdicts in the order of `work`. Shows the progress of trainings if there is only one file."""
    if len(work) == 1:
        [(exercise, source)] = work
        yield await grader.check(exercise, source, TrainingLine(exercise), own_parts_of(workspace, exercise))
        return
    batch = grade_all(grader, [solution for solution in work if not solution[0].own_parts], jobs)
    for exercise, source in work:
        if exercise.own_parts:  # checked one by one, with the parts that have passed by now
            yield await grader.check(exercise, source, None, own_parts_of(workspace, exercise))
        else:
            yield await anext(batch)


def _read(path: Path) -> bytes | Path:
    """Returns the file's content, so that the recorded source is the graded one, or the path if it is unreadable."""
    try:
        return read_file(path)
    except UnreadableFile:
        return path


async def _watch(workspace: Workspace, progress: Progress, exercises: list[Exercise], as_json: bool) -> int:
    from learner.watch import watch_saves

    async with open_grader() as grader:

        async def check(exercise: Exercise) -> None:
            source = _read(workspace.path(exercise))
            verdict = await grader.check(exercise, source, TrainingLine(exercise), own_parts_of(workspace, exercise))
            record_attempt(progress, exercise, source, verdict)
            _print(verdict, exercise, as_json)

        changes = watch_saves(workspace, asyncio.Event())
        next_saves = asyncio.ensure_future(anext(changes))  # Watching starts before the first check.
        for exercise in exercises:
            await check(exercise)
        while True:
            for exercise in await next_saves:
                if exercise in exercises:
                    await check(exercise)
            next_saves = asyncio.ensure_future(anext(changes))


async def _check_batch(course: Course, batch: Path, jobs: int, as_json: bool) -> int:
    work = _batch_work(course, batch)
    all_passed = True
    async with open_grader() as grader:
        grader.follow_links = False  # A link could reveal a file that the author of the link may not read.
        verdicts = grade_all(grader, [(exercise, batch.parent / source) for exercise, source in work], jobs)
        for exercise, source in work:
            verdict = await anext(verdicts)
            _print(verdict, exercise, as_json, source)
            all_passed = all_passed and verdict.passed
    return 0 if all_passed else 1


def _batch_work(course: Course, batch: Path) -> list[tuple[Exercise, str]]:
    """Returns the exercises and sources of a batch, from standard input for "-". Raises UsageError."""
    try:
        text = batch.read_text(encoding="utf-8") if str(batch) != "-" else read_input()
    except (OSError, UnicodeDecodeError) as error:
        raise click.UsageError(f"{batch} cannot be read: {error}") from None
    work: list[tuple[Exercise, str]] = []
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip():
            continue
        try:
            item = msgspec.convert(json.loads(line), dict[str, str])
            work.append((course.exercise(item["exercise"]), item["source"]))
        except (ValueError, KeyError, UnknownExercise) as error:
            form = 'Each line must be {"exercise": ID, "source": PATH}.'
            raise click.UsageError(f"{batch}, line {number}: {error}. {form}") from None
    return work
