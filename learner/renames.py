"""Moves the files of exercises that have a different id or month in a newer course."""

from __future__ import annotations

import os
from pathlib import Path

from exercises.course import Course
from learner import files
from learner.stub_manifest import StubManifest


def apply_renames(root: Path, course: Course, manifest: StubManifest) -> list[str]:
    """Moves files to the current names of their exercises and returns messages. Never overwrites a file.

    Raises OSError.
    """
    messages = []
    for old, new in pending_renames(root, course, manifest):
        old_name, new_name = (path.relative_to(root).as_posix() for path in (old, new))
        if os.path.lexists(new):
            if not os.path.samestat(old.lstat(), new.lstat()):
                messages.append(
                    f"The exercise of {old_name} is now {new_name}, and you have both files. Neither is changed: "
                    "copy what you want to keep into the new file, and delete the old one."
                )
                continue
            os.unlink(old)  # the program was killed during the move and left both names
        else:
            new.parent.mkdir(parents=True, exist_ok=True)
            if not files.rename_new(old, new):
                continue
            messages.append(f"The course has renamed an exercise: your file {old_name} is now {new_name}.")
        manifest.rename(old_name, new_name)
    return messages


def pending_renames(root: Path, course: Course, manifest: StubManifest) -> list[tuple[Path, Path]]:
    """Returns pairs of a learner's file that has a former name of its exercise, and its new path."""
    paths = {exercise.id: root / exercise.workspace_path for exercise in course.exercises}
    renames = []
    known = [root / name for name in manifest.names]
    for exercise in course.exercises:
        names = {f"{id.replace('-', '_')}.py" for id in (exercise.id, *exercise.renamed_from)}
        for old in known:
            if old.name in names and old not in paths.values() and os.path.lexists(old) and not old.is_dir():
                renames.append((old, paths[exercise.id]))
    return renames
