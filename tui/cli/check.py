"""`fromscratch check`: grades files, one or many, once or after every save, for people or for programs."""

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

from engine.client import EngineError
from exercises.course import Course, Exercise, UnknownExercise
from exercises.load import load_course
from grader.batching import Solution, grade_all
from grader.check import Grader, GraderError
from grader.verdict import Verdict, to_json
from learner.progress import Progress
from learner.source_file import UnreadableFile, read_file
from learner.workspace import Workspace
from tui.cli.grading import open_grader, record_attempt
from tui.cli.print_verdict import show
from tui.cli.training_line import TrainingLine
from tui.cli.workspace import current_exercise, open_progress


@click.command("check")
@click.argument("ids", nargs=-1, metavar="[ID]…")
@click.option("--source", type=click.Path(path_type=Path), help="Grade this file instead of the workspace's.")
@click.option("--all", "everything", is_flag=True, help="Grade every exercise of the workspace.")
@click.option("--watch", is_flag=True, help="Grade again after every save, until Ctrl-C.")
@click.option("--batch", type=click.Path(path_type=Path), help='JSON lines {"exercise", "source"} to grade.')
@click.option("--jobs", type=click.IntRange(1, 64), help="So many checks side by side (else one a core).")
@click.option(
    "--sandbox",
    type=click.Choice(["auto", "strict"]),
    envvar="FROMSCRATCH_SANDBOX",
    help="strict: in a world of its own, without network or your files; or not at all (exit code 2).",
)
@click.option("--json", "as_json", is_flag=True, help="One JSON object a verdict.")
@click.pass_obj
def check_command(
    root: Path, ids: tuple[str, ...], source: Path | None, everything: bool, watch: bool, batch: Path | None,
    jobs: int | None, sandbox: str | None, as_json: bool,
) -> None:  # fmt: skip
    """Grade exercises. Exit code 0: all passed; 1: not; 2: wrong usage, or a fault of ours."""
    if sandbox:
        os.environ["FROMSCRATCH_SANDBOX"] = sandbox  # the engine inherits it
    course = load_course()
    if batch is not None:
        if ids or source or everything or watch:
            raise click.UsageError("--batch stands alone (with --json and --jobs).")
        sys.exit(_run(_batch(course, batch, jobs or 0, as_json)))
    if source is not None and (len(ids) != 1 or everything or watch):
        raise click.UsageError("--source grades one file: name one exercise, without --all or --watch.")
    if everything and ids:
        raise click.UsageError("Name exercises, or say --all.")
    chosen = [course.exercise(name) for name in ids]
    if source is not None:
        sys.exit(_run(_one(chosen[0], source, as_json)))
    workspace = Workspace(root, course)
    workspace.create()
    with open_progress(workspace) as progress:
        if everything:
            chosen = list(course.exercises)
        chosen = chosen or [current_exercise(course, progress)]
        task = _watch(workspace, progress, chosen, as_json) if watch else _each(
            workspace, progress, chosen, as_json, jobs or 0)  # fmt: skip
        sys.exit(_run(task))


def _run(task: Coroutine[Any, Any, int]) -> int:
    try:
        return asyncio.run(task)
    except (EngineError, GraderError) as error:
        click.echo(str(error), err=True)
        return 2
    except KeyboardInterrupt:
        return 130


def _say(verdict: Verdict, exercise: Exercise, as_json: bool) -> None:
    if as_json:
        click.echo(to_json(verdict))
    else:
        show(verdict, exercise)


async def _one(exercise: Exercise, source: Path, as_json: bool) -> int:
    async with open_grader() as grader:
        verdict = await grader.check(exercise, source, TrainingLine(exercise))
    _say(verdict, exercise, as_json)
    return 0 if verdict.passed else 1


async def _each(workspace: Workspace, progress: Progress, chosen: list[Exercise], as_json: bool, jobs: int) -> int:
    fine = True
    sources = [_source(workspace.path(exercise)) for exercise in chosen]
    async with open_grader() as grader:
        verdicts = _verdicts(grader, list(zip(chosen, sources, strict=True)), jobs)
        for exercise, source in zip(chosen, sources, strict=True):
            verdict = await anext(verdicts)
            record_attempt(progress, exercise, source, verdict)
            _say(verdict, exercise, as_json)
            fine = fine and verdict.passed
    return 0 if fine else 1


async def _verdicts(grader: Grader, work: list[Solution], jobs: int) -> AsyncIterator[Verdict]:
    """The verdicts in their order; one alone shows how far its training is."""
    if len(work) == 1:
        [(exercise, source)] = work
        yield await grader.check(exercise, source, TrainingLine(exercise))
        return
    async for verdict in grade_all(grader, work, jobs):
        yield verdict


def _source(path: Path) -> bytes | Path:
    """What the file holds now, so that what is recorded is what was graded; the path of one that cannot be read."""
    try:
        return read_file(path)
    except UnreadableFile:
        return path


async def _watch(workspace: Workspace, progress: Progress, chosen: list[Exercise], as_json: bool) -> int:
    from learner.watch import saves

    async with open_grader() as grader:

        async def grade(exercise: Exercise) -> None:
            source = _source(workspace.path(exercise))
            verdict = await grader.check(exercise, source, TrainingLine(exercise))
            record_attempt(progress, exercise, source, verdict)
            _say(verdict, exercise, as_json)
            sys.stdout.flush()

        stop = asyncio.Event()
        changes = saves(workspace, stop)
        waiting = asyncio.ensure_future(anext(changes))  # watching begins before the first check
        for exercise in chosen:
            await grade(exercise)
        while True:
            for exercise in await waiting:
                if exercise in chosen:
                    await grade(exercise)
            waiting = asyncio.ensure_future(anext(changes))


async def _batch(course: Course, path: Path, jobs: int, as_json: bool) -> int:
    work: list[Solution] = []
    try:
        lines = path.read_text(encoding="utf-8").splitlines() if str(path) != "-" else sys.stdin.read().splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise click.UsageError(f"{path} cannot be read: {error}") from None
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            item = msgspec.convert(json.loads(line), dict[str, str])
            work.append((course.exercise(item["exercise"]), path.parent / item["source"]))
        except (ValueError, KeyError, UnknownExercise) as error:
            raise click.UsageError(
                f'{path}, line {number}: {error}. A line is {{"exercise": ID, "source": PATH}}.'
            ) from None
    fine = True
    async with open_grader() as grader:
        grader.follow_links = False  # a link could show its reader a file that its writer may not read
        verdicts = grade_all(grader, work, jobs)
        for exercise, _ in work:
            verdict = await anext(verdicts)
            _say(verdict, exercise, as_json)
            sys.stdout.flush()
            fine = fine and verdict.passed
    return 0 if fine else 1
