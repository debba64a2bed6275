"""The source that is tried: the learner's file as it last passed, the present file, a given file or the reference."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from exercises.exercise import Exercise
from grader.source import reference_source
from learner.passed import passed_sources
from learner.source_file import UnreadableFile, read_file
from learner.workspace import Workspace


class TriedSource(NamedTuple):
    """A source and what it is: "your file, as it last passed". `passed`: whether it passed the exercise's checks."""

    content: bytes
    label: str
    passed: bool


def own_source(workspace: Workspace, exercise: Exercise) -> TriedSource:
    """Returns the learner's file as it last passed, else the present file. Raises UnreadableFile and WorkspaceError."""
    passed = passed_sources(workspace.progress_path).get(exercise.id)
    if passed is None:
        present = read_file(workspace.ensure(exercise))
        return TriedSource(present, "your file, not passed yet", False)
    try:
        changed = read_file(workspace.path(exercise)) != passed
    except UnreadableFile:
        changed = True
    return TriedSource(passed, "your file, as it last passed" if changed else "your file, which has passed", True)


def file_source(path: Path) -> TriedSource:
    """Returns any file. Raises UnreadableFile."""
    return TriedSource(read_file(path), path.name, False)


def reference_of(exercise: Exercise) -> TriedSource:
    """Returns the reference's solution."""
    return TriedSource(reference_source.as_solution(exercise).encode(), "the reference", True)
