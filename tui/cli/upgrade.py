"""`fromscratch upgrade`: what a newer course has changed under the learner's files, and the merge of it."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from learner import upgrade
from tui.cli.workspace import open_workspace


@click.command("upgrade")
@click.argument("ids", nargs=-1, metavar="[ID]…")
@click.option("--merge", is_flag=True, help="Merge the course's changes into these files; each is kept aside first.")
@click.option("--keep", is_flag=True, help="Leave these files as they are, and do not ask again.")
@click.pass_obj
def upgrade_command(root: Path, ids: tuple[str, ...], merge: bool, keep: bool) -> None:
    """What a newer course has changed under your files. Nothing of yours changes without --merge.

    With IDs, shows what a merge would do to these files. Exit code 1: a file could not be merged.
    """
    if merge and keep:
        raise click.UsageError("Say --merge or --keep, not both.")
    if (merge or keep) and not ids:
        raise click.UsageError("Name the exercises. `fromscratch upgrade` lists those with changes.")
    with open_workspace(root) as (course, workspace, progress):
        exercises = [course.exercise(id) for id in ids] or list(course.exercises)
        waiting = [one for one in (upgrade.pending(workspace, exercise) for exercise in exercises) if one is not None]
        for exercise in exercises if ids else ():
            if exercise not in [one.exercise for one in waiting]:
                click.echo(f"{exercise.id}: your file comes from the present starting point.")
        fine = True
        for one in waiting:
            path = workspace.path(one.exercise)
            if merge:
                fine = _merge(workspace, one) and fine
            elif keep:
                upgrade.decline(workspace, one.exercise)
                click.echo(f"{path} stays as it is.")
            elif ids:
                click.echo(one.effect() or f"{path}: nothing; it has all changes already.")
            else:
                clashes = one.merged.conflicts
                word = f", {clashes} of them where you have changed the same lines" if clashes else ""
                changes = sum(line.startswith("@@") for line in one.news().splitlines())
                places = f"{changes} place{'' if changes == 1 else 's'}"
                click.echo(f"{one.exercise.id}: the starting point has changed in {places}{word}.  {path}")
        if not ids:
            if waiting:
                click.echo("`fromscratch upgrade ID` shows what a merge would do, `fromscratch upgrade ID --merge` "
                           "does it, `fromscratch upgrade ID --keep` leaves your file as it is.")  # fmt: skip
            else:
                click.echo("All your files come from the present starting points.")
            for former in progress.removed(course):
                click.echo(f"{former.id} is no longer in the course. Your attempts: {former.attempts}; "
                           f"`fromscratch history {former.id}` shows them, and your file stays.")  # fmt: skip
    sys.exit(0 if fine else 1)


def _merge(workspace: upgrade.Workspace, one: upgrade.Upgrade) -> bool:
    path = workspace.path(one.exercise)
    try:
        kept = upgrade.apply(workspace, one)
    except upgrade.WorkspaceError as error:
        click.echo(str(error), err=True)
        return False
    click.echo(f"{path} has the course's changes; as it was, it is kept as {kept}.")
    if one.merged.conflicts:
        click.echo("Where you had changed the same lines, yours stand, and the course's follow as a comment.")
    return True
