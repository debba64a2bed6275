"""A course that has changed the starting point of a file in which the learner has already worked."""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from exercises.course import Exercise
from learner import files
from learner.merge import Merged, is_python, merge
from learner.stub_manifest import same_text
from learner.workspace import Workspace, WorkspaceError, explained


@dataclass(frozen=True)
class Upgrade:
    """`base` is the stub that the learner's file `mine` was made from, `theirs` the course's present one."""

    exercise: Exercise
    base: bytes
    mine: bytes
    theirs: bytes

    @cached_property
    def merged(self) -> Merged:
        return merge(self.base, self.mine, self.theirs)

    @property
    def spoils(self) -> bool:
        """Whether merging would make a file that is Python into one that is not."""
        return is_python(self.mine) and not is_python(self.merged.text)

    def news(self) -> str:
        """What the course has changed, as a unified diff."""
        return _diff(self.base, self.theirs, "the stub as it was", "the stub as it is now")

    def effect(self) -> str:
        """What merging would change in the learner's file, as a unified diff; "" if nothing."""
        return _diff(self.mine, self.merged.text, self.exercise.file_name, f"{self.exercise.file_name}, merged")


def pending(workspace: Workspace, exercise: Exercise) -> Upgrade | None:
    """The upgrade that waits for the learner's word; None where the file comes from the present stub, holds no
    work, or was made from a text that is not known. Raises WorkspaceError."""
    theirs = exercise.stub.encode()
    base = workspace.made_from(exercise)
    if base is None or same_text(base, theirs) or not workspace.touched(exercise):
        return None
    return Upgrade(exercise, base, workspace.read(exercise), theirs)


def apply(workspace: Workspace, upgrade: Upgrade) -> Path:
    """Merges into the learner's file, and returns where the file as it was is kept. Raises WorkspaceError, also
    where the file is no longer what the upgrade was made from, or would no longer be Python."""
    path = workspace.path(upgrade.exercise)
    with explained(path):
        if upgrade.spoils:
            beside = path.with_name(f"{path.stem}.merged.py")
            files.overwrite(beside, upgrade.merged.text)
            raise WorkspaceError(
                f"{path.name} and the new starting point do not fit together: the result would be no Python. "
                f"Your file stays; the result is in {beside} for you to correct and take over."
            )
        kept = workspace.keep(path, upgrade.mine)
        if not files.exchange(path, upgrade.mine, upgrade.merged.text):
            kept.unlink()
            raise WorkspaceError(f"{path} was saved in this very moment and stays as it is. Look at it and try again.")
        workspace.note(upgrade.exercise)
    return kept


def decline(workspace: Workspace, exercise: Exercise) -> None:
    """Leaves the learner's file as it is, and does not offer this change of the course again."""
    workspace.note(exercise)


def _diff(one: bytes, other: bytes, name: str, other_name: str) -> str:
    before, after = (text.decode("utf-8-sig", "replace").splitlines() for text in (one, other))
    return "\n".join(difflib.unified_diff(before, after, name, other_name, lineterm=""))
