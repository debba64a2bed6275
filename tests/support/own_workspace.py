"""A workspace in which exercises that supply parts have passed, were changed since, or never passed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

import msgspec

from exercises.course import Course
from exercises.load import load_course
from grader.verdict import Check, Verdict
from learner.progress import Progress
from learner.workspace import Workspace
from tests.support.solutions import correct


def pass_exercises(
    root: Path, passed: Iterable[str], sources: Mapping[str, str] | None = None, course: Course | None = None
) -> Workspace:
    """Creates the workspace, in which the reference's solutions passed, and then writes other sources of files."""
    workspace = Workspace(root, course or load_course())
    workspace.create()
    with Progress(workspace.progress_path) as progress:
        for id in passed:
            exercise = workspace.course.exercise(id)
            source = correct(exercise)
            workspace.path(exercise).write_text(source, "utf-8")
            verdict = Verdict(id, "passed", [Check("test_output", "passed", "", 0.01, "It is right")], seconds=0.1)
            progress.record(id, exercise.version, source.encode(), msgspec.to_builtins(verdict))
    for id, source in (sources or {}).items():
        workspace.path(workspace.course.exercise(id)).write_text(source, "utf-8")
    return workspace
