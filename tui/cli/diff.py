"""`fromscratch diff`: the learner's changes to an exercise's stub."""

from __future__ import annotations

from pathlib import Path

import click

from tui.cli.terminal import echo
from tui.cli.workspace import open_exercise, open_workspace


@click.command("diff")
@click.argument("id", required=False)
@click.pass_obj
def diff_command(root: Path, id: str | None) -> None:
    """Show your changes to the starting point of an exercise."""
    with open_workspace(root) as (course, workspace, progress):
        exercise = open_exercise(course, progress, id)
        echo(workspace.diff(exercise) or f"{workspace.path(exercise)} is unchanged.")
