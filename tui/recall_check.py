"""Checks the file of a return from memory. Nothing of it is stored as an attempt or published to a room."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import msgspec

from exercises.exercise import Exercise
from grader.check import Grader
from grader.parts import own_parts_of
from grader.verdict import Event, Verdict
from learner import from_memory
from learner.errors import WorkspaceError
from learner.progress import Progress
from learner.returns import Return
from learner.source_file import read_file
from learner.workspace import Workspace


async def check_return(
    grader: Grader,
    workspace: Workspace,
    progress: Progress,
    exercise: Exercise,
    started: Return,
    clock: Callable[[], datetime],
    on_event: Callable[[Event], None] | None = None,
) -> tuple[Verdict, Return]:
    """Returns the verdict on a return's file, and the return, which ends if a source that was read in time passes.

    Raises WorkspaceError, ProgressError, EngineError or GraderError.
    """
    source = read_file(from_memory.path_of(workspace, started), WorkspaceError)
    at = clock()
    verdict = await grader.check(exercise, source, on_event, own_parts_of(workspace, exercise))
    if verdict.passed:
        return verdict, progress.end_return(started, passed=True, at=at)
    return verdict, started


def without_help(verdict: Verdict) -> Verdict:
    """Returns the verdict to show while the time runs: what is wrong, but no known mistake and no step."""
    failed = next((check.message for check in verdict.checks if check.outcome == "failed" and check.message), "")
    message = failed or verdict.message if verdict.mistake is not None else verdict.message
    return msgspec.structs.replace(verdict, mistake=None, missing_stage=None, stages=[], notes=[], message=message)
