"""`fromscratch solution`: the reference's solution of an exercise."""

from __future__ import annotations

import difflib
import sys
from pathlib import Path

import click

from grader.source import reference_source
from grader.source.text import text_of
from tui.cli.terminal import confirm, echo
from tui.cli.workspace import open_exercise, open_workspace


@click.command("solution")
@click.argument("id", required=False)
@click.option("--yes", is_flag=True, help="Show the solution of an exercise that you have not passed.")
@click.option("--compare", is_flag=True, help="Show the differences from your file.")
@click.pass_obj
def solution_command(root: Path, id: str | None, yes: bool, compare: bool) -> None:
    """Show the reference's solution. Before you have passed, it asks you to confirm."""
    with open_workspace(root) as (course, workspace, progress):
        exercise = open_exercise(course, progress, id)
        if progress.state(exercise) not in ("passed", "again") and not yes:
            question = f"You have not passed {exercise.id} yet. Show the solution anyway?"
            if not (sys.stdin.isatty() and confirm(question)):
                echo(f"You have not passed {exercise.id} yet. --yes shows its solution anyway.", err=True)
                sys.exit(1)
        progress.record_solution_view(exercise.id)
        solution = reference_source.as_solution(exercise)
        if compare:
            own = text_of(workspace.read(exercise)).splitlines()
            lines = difflib.unified_diff(own, solution.splitlines(), exercise.file_name, "reference", lineterm="")
            solution = "\n".join(lines) or f"{exercise.file_name} is the same as the reference."
        echo(solution)
