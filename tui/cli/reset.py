"""`fromscratch reset`: an exercise's stub in place of the learner's file, which is kept."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from tui.cli.terminal import confirm, echo
from tui.cli.workspace import find_exercise, open_workspace


@click.command("reset")
@click.argument("id")
@click.option("--yes", is_flag=True, help="Reset without asking.")
@click.pass_obj
def reset_command(root: Path, id: str, yes: bool) -> None:
    """Restore the starting point of an exercise. A copy of your file is kept."""
    with open_workspace(root) as (course, workspace, _):
        exercise = find_exercise(course, id)
        path = workspace.path(exercise)
        question = f"Reset {path} to its starting point? A copy of your file is kept."
        if not yes and not sys.stdin.isatty():
            raise click.UsageError(f"Nothing is reset: there is no terminal to ask in. --yes resets {path}.")
        if not yes and not confirm(question):
            sys.exit(1)
        copy = workspace.reset(exercise)
        echo(f"{path} is reset." + (f" Your file is kept as {copy}." if copy else ""))
