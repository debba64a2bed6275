"""`fromscratch open`: an exercise's file in the learner's editor."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from tui.cli.terminal import echo
from tui.cli.workspace import open_exercise, open_workspace


@click.command("open")
@click.argument("id", required=False)
@click.pass_obj
def open_command(root: Path, id: str | None) -> None:
    """Open an exercise's file in $VISUAL or $EDITOR."""
    with open_workspace(root) as (course, workspace, progress):
        path = workspace.ensure(open_exercise(course, progress, id))
    echo(str(path))
    if sys.stdout.isatty():
        click.edit(filename=str(path))
