"""What the Practice screen's keys do, as commands: hint, diff, reset, solution, history, open."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Iterator
from pathlib import Path

import click

from exercises.course import Course, Exercise
from exercises.load import load_course
from learner.progress import Progress
from learner.workspace import Workspace


@contextlib.contextmanager
def opened(root: Path) -> Iterator[tuple[Course, Workspace, Progress]]:
    """The course, the workspace (made where it is missing) and its progress."""
    from tui.cli.shared import progress_of

    course = load_course()
    workspace = Workspace(root, course)
    workspace.create()
    with progress_of(workspace) as progress:
        yield course, workspace, progress


def _chosen(course: Course, progress: Progress, name: str | None) -> Exercise:
    from tui.cli.shared import current

    exercise = course.exercise(name) if name else current(course, progress)
    progress.open_exercise(exercise.id)
    return exercise


@click.command("hint")
@click.argument("id", required=False)
@click.pass_obj
def hint_command(root: Path, id: str | None) -> None:
    """One more hint for an exercise, from a nudge to nearly the solution."""
    with opened(root) as (course, _, progress):
        exercise = _chosen(course, progress, id)
        taken = min(progress.hints(exercise.id) + 1, len(exercise.hints))
        if progress.hints(exercise.id) < len(exercise.hints):
            progress.take_hint(exercise.id)
        for number, hint in enumerate(exercise.hints[:taken], 1):
            click.echo(f"Hint {number} of {len(exercise.hints)}: {hint}")


@click.command("diff")
@click.argument("id", required=False)
@click.pass_obj
def diff_command(root: Path, id: str | None) -> None:
    """What you changed against the starting point."""
    with opened(root) as (course, workspace, progress):
        exercise = _chosen(course, progress, id)
        click.echo(workspace.diff(exercise) or f"{workspace.path(exercise)} is as it was given.")


@click.command("reset")
@click.argument("id")
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.pass_obj
def reset_command(root: Path, id: str, yes: bool) -> None:
    """Bring the starting point of an exercise back; your file is kept aside."""
    with opened(root) as (course, workspace, _):
        exercise = course.exercise(id)
        path = workspace.path(exercise)
        if not yes and sys.stdin.isatty() and not click.confirm(f"Start {path} anew? Your file is kept aside."):
            sys.exit(1)
        kept = workspace.reset(exercise)
        click.echo(f"{path} is as it was given." + (f" Your file is kept as {kept}." if kept else ""))


@click.command("solution")
@click.argument("id", required=False)
@click.option("--yes", is_flag=True, help="Show it although the exercise is not passed yet.")
@click.pass_obj
def solution_command(root: Path, id: str | None, yes: bool) -> None:
    """The reference's solution: once you have passed, or after confirming."""
    from grader.source import reference_source

    with opened(root) as (course, _, progress):
        exercise = _chosen(course, progress, id)
        if progress.state(exercise) not in ("passed", "again") and not yes:
            asked = sys.stdin.isatty() and click.confirm(f"{exercise.id} is not passed yet. See the solution anyway?")
            if not asked:
                click.echo(f"{exercise.id} is not passed yet. --yes shows its solution anyway.", err=True)
                sys.exit(1)
        progress.see_solution(exercise.id)
        click.echo(reference_source.as_solution(exercise))


@click.command("history")
@click.argument("id", required=False)
@click.pass_obj
def history_command(root: Path, id: str | None) -> None:
    """Your attempts at an exercise."""
    with opened(root) as (course, _, progress):
        # A removed exercise keeps its history.
        former = id is not None and any(one.id == id for one in progress.removed(course))
        name = id if former and id else _chosen(course, progress, id).id
        attempts = progress.history(name)
        if not attempts:
            click.echo(f"No attempt at {name} yet.")
        if former:
            click.echo(f"{name} is no longer in the course.")
        for attempt in attempts:
            when = attempt.at.astimezone().strftime("%Y-%m-%d %H:%M:%S")
            message = str(attempt.verdict.get("message") or "").splitlines()
            click.echo(f"{when}  {attempt.outcome:<8} {message[0] if message else ''}".rstrip())


@click.command("open")
@click.argument("id", required=False)
@click.pass_obj
def open_command(root: Path, id: str | None) -> None:
    """Open an exercise's file in $VISUAL or $EDITOR."""
    with opened(root) as (course, workspace, progress):
        exercise = _chosen(course, progress, id)
        path = workspace.ensure(exercise)
    click.echo(str(path))
    if sys.stdout.isatty():
        click.edit(filename=str(path))
