"""`fromscratch solution`: the reference's solution of an exercise."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from grader.source import reference_source
from tui.cli.terminal import echo
from tui.cli.workspace import open_exercise, open_workspace


@click.command("solution")
@click.argument("id", required=False)
@click.option("--yes", is_flag=True, help="Show the solution of an exercise that you have not passed.")
@click.pass_obj
def solution_command(root: Path, id: str | None, yes: bool) -> None:
    """Show the reference's solution. Before you have passed, it asks you to confirm."""
    with open_workspace(root) as (course, _, progress):
        exercise = open_exercise(course, progress, id)
        if progress.state(exercise) not in ("passed", "again") and not yes:
            question = f"You have not passed {exercise.id} yet. Show the solution anyway?"
            if not (sys.stdin.isatty() and click.confirm(question)):
                echo(f"You have not passed {exercise.id} yet. --yes shows its solution anyway.", err=True)
                sys.exit(1)
        progress.record_solution_view(exercise.id)
        echo(reference_source.as_solution(exercise))
