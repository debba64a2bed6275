"""Files of exercises that have another name, or another month, in a newer course."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from learner import files
from learner.stub_manifest import Made

if TYPE_CHECKING:
    from learner.workspace import Workspace


def follow(workspace: Workspace, made: Made) -> list[str]:
    """Moves files to the names their exercises have now, and says so. A file that has another one in its way stays.

    Raises OSError.
    """
    says = []
    for old, new in moves(workspace, made):
        was, will_be = old.relative_to(workspace.root).as_posix(), new.relative_to(workspace.root).as_posix()
        if os.path.lexists(new):
            if not os.path.samestat(old.lstat(), new.lstat()):
                says.append(
                    f"The exercise of {was} is now {will_be}, and both files are there. Yours stay as they are: "
                    "move over what you want to keep, and delete the old one."
                )
                continue
            os.unlink(old)  # a kill came in the middle of the move
        else:
            new.parent.mkdir(parents=True, exist_ok=True)
            if not files.rename_new(old, new):
                continue
            says.append(f"The course has a new name for an exercise: your file {was} is now {will_be}.")
        made.rename(was, will_be)
    return says


def moves(workspace: Workspace, made: Made) -> list[tuple[Path, Path]]:
    """Files of the learner's that are under a name which their exercise no longer has: (where it is, where to)."""
    present = {workspace.path(exercise) for exercise in workspace.course.exercises}
    found = []
    known = [workspace.root / name for name in made.names]
    for exercise in workspace.course.exercises:
        called = {f"{id.replace('-', '_')}.py" for id in (exercise.id, *exercise.renamed_from)}
        for old in known:
            if old.name in called and old not in present and os.path.lexists(old) and not old.is_dir():
                found.append((old, workspace.path(exercise)))
    return found
