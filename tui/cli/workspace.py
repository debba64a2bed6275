"""The course, the workspace and the progress that commands work on."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path

import click

from exercises.course import Course
from exercises.exercise import Exercise
from exercises.load import load_course
from learner import from_memory
from learner.progress import Progress
from learner.workspace import Workspace
from tui.cli.terminal import echo


@contextlib.contextmanager
def open_workspace(root: Path) -> Iterator[tuple[Course, Workspace, Progress]]:
    """Yields the course, the workspace and its progress. Creates the files that are missing."""
    course = load_course()
    workspace = Workspace(root, course)
    workspace.create()
    with open_progress(workspace) as progress:
        yield course, workspace, progress


@contextlib.contextmanager
def open_progress(workspace: Workspace) -> Iterator[Progress]:
    """Yields the workspace's progress. Prints messages about its recovery and about a changed course to stderr."""
    with Progress(workspace.progress_path) as progress:
        for message in (*([progress.message] if progress.message else []), *workspace.messages):
            echo(message, err=True)
        progress.apply_renames(workspace.course)
        yield progress


def find_exercise(course: Course, name: str) -> Exercise:
    """Returns the exercise with this id or title, or whose file in the workspace this is. Raises UnknownExercise, and
    UsageError for a file outside the workspace."""
    root = click.get_current_context().find_object(Path)
    path = Path(name)
    if root is not None and (path.suffix == ".py" or path.name != name):
        for exercise in course.exercises:
            if path.absolute().resolve() == (root / exercise.workspace_path).resolve():
                return exercise
        if root is not None and path.absolute().parent.resolve() == (root / from_memory.FOLDER).resolve():
            raise click.UsageError(f"{name} is written from memory: `fromscratch recall check` checks it.")
        if path.exists() or path.name != name:
            raise click.UsageError(
                f"{name} is not a file of your workspace {root}. `fromscratch check ID --source FILE` grades any file."
            )
    return course.exercise(name)


def open_exercise(course: Course, progress: Progress, id: str | None) -> Exercise:
    """Returns the exercise with this id, else the current one, and records that it was opened."""
    exercise = find_exercise(course, id) if id else progress.current_exercise(course)
    progress.set_last_exercise(exercise.id)
    return exercise
