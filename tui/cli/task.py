"""`fromscratch task`: the task of an exercise, with its box and its question."""

from __future__ import annotations

import textwrap
from pathlib import Path

import click

from exercises.page_box import WIDTH, box
from tui.cli.terminal import echo
from tui.cli.workspace import open_exercise, open_workspace


@click.command("task")
@click.argument("id", required=False)
@click.option("--answer", is_flag=True, help="Also show the answer to the question that comes before the coding.")
@click.pass_obj
def task_command(root: Path, id: str | None, answer: bool) -> None:
    """Show the task of an exercise: what to build, what is checked, and a question to answer first."""
    with open_workspace(root) as (course, _, progress):
        exercise = open_exercise(course, progress, id)
        title, _, text = exercise.readme.partition("\n")
        parts = [title, box(exercise), text.strip()]
        if exercise.predict is not None:
            reply = exercise.predict.answer if answer else f"(`fromscratch task {exercise.id} --answer` answers it.)"
            question = textwrap.fill(exercise.predict.question, WIDTH, break_on_hyphens=False)
            parts[2:2] = ["## Predict first", question, textwrap.fill(reply, WIDTH, break_on_hyphens=False)]
        echo("\n\n".join(parts))
