"""`fromscratch upgrade`: shows and merges a newer course's changes to the stubs of the learner's files."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from learner import upgrade
from learner.workspace import Workspace, WorkspaceError
from tui.cli.terminal import echo
from tui.cli.workspace import find_exercise, open_workspace


@click.command("upgrade")
@click.argument("ids", nargs=-1, metavar="[ID]…")
@click.option("--merge", is_flag=True, help="Merge the course's changes into these files. A copy of each is kept.")
@click.option("--keep", is_flag=True, help="Keep these files as they are and do not offer these changes again.")
@click.pass_obj
def upgrade_command(root: Path, ids: tuple[str, ...], merge: bool, keep: bool) -> None:
    """Show what a newer course changes in your files.

    With IDs, shows what a merge would change in these files. Your files change only with --merge. Exit code 1: a file
    could not be merged.
    """
    if merge and keep:
        raise click.UsageError("Give --merge or --keep, not both.")
    if (merge or keep) and not ids:
        raise click.UsageError("Name the exercises. `fromscratch upgrade` lists those with changes.")
    all_merged = True
    with open_workspace(root) as (course, workspace, progress):
        exercises = [find_exercise(course, id) for id in ids] or list(course.exercises)
        upgrades = {exercise.id: upgrade.find_upgrade(workspace, exercise) for exercise in exercises}
        for exercise in exercises:
            pending = upgrades[exercise.id]
            path = workspace.path(exercise)
            if pending is None:
                if ids:
                    echo(f"{exercise.id}: your file is based on the current starting point.")
            elif merge:
                all_merged = _merge(workspace, pending) and all_merged
            elif keep:
                upgrade.decline(workspace, exercise)
                echo(f"{path} is unchanged.")
            elif ids:
                echo(pending.file_changes() or f"{path} already contains all changes.")
            else:
                echo(f"{exercise.id}: {_summary(pending)}  {path}")
        if not ids:
            if any(upgrades.values()):
                echo("`fromscratch upgrade ID` shows what a merge would change, `fromscratch upgrade ID --merge` "
                           "merges, `fromscratch upgrade ID --keep` keeps your file as it is.")  # fmt: skip
            else:
                echo("All your files are based on the current starting points.")
            for removed in progress.retired_exercises(course):
                echo(f"{removed.id} is no longer in the course. Your attempts: {removed.attempts}; "
                           f"`fromscratch history {removed.id}` lists them. Your file is kept.")  # fmt: skip
    sys.exit(0 if all_merged else 1)


def _summary(pending: upgrade.Upgrade) -> str:
    count = sum(line.startswith("@@") for line in pending.course_changes().splitlines())
    conflicts = pending.merged.conflicts
    note = f", {conflicts} of them in lines that you have changed too" if conflicts else ""
    return f"the starting point has changed in {count} place{'' if count == 1 else 's'}{note}."


def _merge(workspace: Workspace, pending: upgrade.Upgrade) -> bool:
    try:
        copy = upgrade.apply(workspace, pending)
    except WorkspaceError as error:
        echo(str(error), err=True)
        return False
    echo(f"{workspace.path(pending.exercise)} contains the course's changes. Your file is kept as {copy}.")
    if pending.merged.conflicts:
        echo("Where both changed the same lines, yours are in effect and the course's follow as a comment.")
    return True
