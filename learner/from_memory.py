"""The files of returns: WORKSPACE/from_memory/NAME_1.py and so on, which the learner writes from memory."""

from __future__ import annotations

import os
from datetime import datetime, time, timedelta
from pathlib import Path

from exercises.exercise import Exercise
from learner import files
from learner.parts_file import PARTS
from learner.progress import Progress
from learner.returns import Return
from learner.workspace import Workspace, workspace_errors

FOLDER = "from_memory"  # no month's folder, so no file in it is an exercise's


def path_of(workspace: Workspace, started: Return) -> Path:
    """Returns the path of a return's file, which does not need to exist."""
    return workspace.root / FOLDER / Path(started.file).name


def start(workspace: Workspace, progress: Progress, exercise: Exercise) -> tuple[Return, Path]:
    """Starts a return, or continues the open one, and returns it with its file, which is a stub at first.

    No existing file is changed. Raises WorkspaceError or ProgressError.
    """
    folder = workspace.root / FOLDER
    with workspace_errors(folder):
        folder.mkdir(parents=True, exist_ok=True)
        files.write_new(folder / "parts.py", PARTS.encode())  # `from parts import …` works in this folder too
        started = progress.start_return(exercise.id, _unused_name(folder, exercise))
    return started, ensure(workspace, exercise, started)


def ensure(workspace: Workspace, exercise: Exercise, started: Return) -> Path:
    """Returns the file of a return, after creating it from the stub if it is missing. Raises WorkspaceError."""
    path = path_of(workspace, started)
    with workspace_errors(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        files.write_new(path, exercise.stub.encode())
    return path


def tomorrow(now: datetime, days: int = 1) -> datetime:
    """Returns the start of the day that is `days` days after `now`, in the time zone of `now`."""
    return datetime.combine(now.date() + timedelta(days=days), time(), now.tzinfo)


def _unused_name(folder: Path, exercise: Exercise) -> str:
    number = 1
    while os.path.lexists(folder / f"{exercise.stem}_{number}.py"):
        number += 1
    return f"{exercise.stem}_{number}.py"
