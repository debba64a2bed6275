"""Grading and recording attempts, for several commands."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator
from pathlib import Path

import msgspec

from exercises.exercise import Exercise
from grader.check import Grader, new_engine
from grader.verdict import Verdict
from learner.progress import Progress, ProgressError
from playground.store import gpt2_vocabulary
from tui.cli.terminal import echo


@contextlib.asynccontextmanager
async def open_grader() -> AsyncIterator[Grader]:
    """Yields a grader over a new engine, which is closed with the block."""
    engine = new_engine(gpt2_vocabulary())
    try:
        yield Grader(engine)
    finally:
        await engine.close()


def record_attempt(progress: Progress, exercise: Exercise, source: bytes | Path, verdict: Verdict) -> None:
    """Records an attempt with the source that was graded, except for a file that could not be read. Prints an error
    where the progress cannot be written."""
    if isinstance(source, Path):
        return
    try:
        progress.record(exercise.id, exercise.version, source, msgspec.to_builtins(verdict))
    except ProgressError as error:
        echo(str(error), err=True)
