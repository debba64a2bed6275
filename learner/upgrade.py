"""Upgrades a learner's modified file when the course has changed its stub."""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from exercises.exercise import Exercise
from learner import files
from learner.merge import MergeResult, is_python, merge
from learner.stub_manifest import same_text
from learner.workspace import Workspace, WorkspaceError, workspace_errors


@dataclass(frozen=True)
class Upgrade:
    """A pending merge: `base` is the stub that the file `mine` was created from, `theirs` the present stub."""

    exercise: Exercise
    base: bytes
    mine: bytes
    theirs: bytes

    @cached_property
    def merged(self) -> MergeResult:
        return merge(self.base, self.mine, self.theirs)

    @property
    def breaks_syntax(self) -> bool:
        """Whether the merge would turn valid Python into invalid Python."""
        return is_python(self.mine) and not is_python(self.merged.text)

    def course_changes(self) -> str:
        """Returns the changes of the course as a unified diff."""
        return _diff(self.base, self.theirs, "the old stub", "the new stub")

    def file_changes(self) -> str:
        """Returns the changes that merging makes to the learner's file as a unified diff; "" if there are none."""
        return _diff(self.mine, self.merged.text, self.exercise.file_name, f"{self.exercise.file_name}, merged")


def find_upgrade(workspace: Workspace, exercise: Exercise) -> Upgrade | None:
    """Returns the upgrade that the learner can apply or decline.

    Returns None if the file was created from the present stub, is unmodified, or was created from an unknown stub.
    Raises WorkspaceError.
    """
    theirs = exercise.stub.encode()
    base = workspace.original_stub(exercise)
    if base is None or same_text(base, theirs) or not workspace.is_modified(exercise):
        return None
    return Upgrade(exercise, base, workspace.read(exercise), theirs)


def apply(workspace: Workspace, upgrade: Upgrade) -> Path:
    """Merges the course's changes into the learner's file and returns the path of a copy of the old file.

    Raises WorkspaceError, for example if the file has changed since, or if the result would not be valid Python.
    """
    path = workspace.path(upgrade.exercise)
    with workspace_errors(path):
        if upgrade.breaks_syntax:
            result = path.with_name(f"{path.stem}.merged.py")
            files.overwrite(result, upgrade.merged.text)
            raise WorkspaceError(
                f"{path.name} and the new stub cannot be merged: the result would not be valid Python. "
                f"Your file is unchanged; the result is in {result}. Correct it there, then copy it over your file."
            )
        copy = workspace.save_copy(path, upgrade.mine)
        if not files.exchange(path, upgrade.mine, upgrade.merged.text):
            copy.unlink()
            raise WorkspaceError(f"{path} was saved at this moment, so it was not merged. Check it and try again.")
        workspace.record_stub(upgrade.exercise)
    return copy


def decline(workspace: Workspace, exercise: Exercise) -> None:
    """Leaves the learner's file unchanged, and does not offer this change of the course again."""
    workspace.record_stub(exercise)


def _diff(before: bytes, after: bytes, before_name: str, after_name: str) -> str:
    old, new = (text.decode("utf-8-sig", "replace").splitlines() for text in (before, after))
    return "\n".join(difflib.unified_diff(old, new, before_name, after_name, lineterm=""))
