"""What several commands need: a grader that is closed in the end, the exercise at hand, a recorded attempt."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import click
import msgspec

from exercises.course import Course, Exercise
from grader.check import Grader, new_engine
from grader.verdict import Verdict
from learner.progress import Progress, ProgressError
from learner.workspace import Workspace


@contextlib.asynccontextmanager
async def grading() -> AsyncIterator[Grader]:
    """A grader over a fresh engine, which ends with the block."""
    from playground.store import gpt2_vocabulary

    engine = new_engine(gpt2_vocabulary())
    try:
        yield Grader(engine)
    finally:
        await engine.close()


def current(course: Course, progress: Progress) -> Exercise:
    """The exercise last opened, else the first that is not passed, else the first."""
    last = progress.last_exercise()
    states = progress.states(course)
    unpassed = [exercise for exercise in course.exercises if states[exercise.id] != "passed"]
    for exercise in course.exercises:
        if exercise.id == last:
            return exercise
    return (unpassed or list(course.exercises))[0]


def attempt_record(progress: Progress, exercise: Exercise, source: bytes | Path, verdict: Verdict) -> None:
    """Stores an attempt with the source that was graded; a file that could not be read leaves none, and a store that
    cannot be written is told of beside the verdict."""
    if isinstance(source, Path):
        return
    try:
        progress.record(exercise.id, exercise.version, source, msgspec.to_builtins(verdict))
    except ProgressError as error:
        click.echo(str(error), err=True)


@contextlib.contextmanager
def progress_of(workspace: Workspace) -> Iterator[Progress]:
    """A workspace's progress. What became of it, and of files of a course that has changed, is told on stderr."""
    with Progress(workspace.progress_path) as progress:
        for line in (*([progress.message] if progress.message else []), *workspace.news):
            click.echo(line, err=True)
        progress.follow(workspace.course)
        yield progress
