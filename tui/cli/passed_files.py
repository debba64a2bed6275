"""The learner's passed files, which a model's process can load as parts."""

from __future__ import annotations

from pathlib import Path

from exercises.load import load_course
from learner.passed import passed_exercises
from learner.workspace import Workspace


def passed_files(root: Path) -> list[tuple[str, str]]:
    """Returns the ids of the exercises that the learner has passed, with their files."""
    course = load_course()
    workspace = Workspace(root, course)
    passed = passed_exercises(workspace.progress_path)
    files = [(exercise.id, workspace.path(exercise)) for exercise in course.exercises if exercise.id in passed]
    return [(id, str(file)) for id, file in files if file.is_file()]
