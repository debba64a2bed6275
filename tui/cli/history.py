"""`fromscratch history`: the learner's attempts at an exercise."""

from __future__ import annotations

from pathlib import Path

import click

from tui.cli.terminal import echo
from tui.cli.workspace import open_exercise, open_workspace


@click.command("history")
@click.argument("id", required=False)
@click.pass_obj
def history_command(root: Path, id: str | None) -> None:
    """List your attempts at an exercise."""
    with open_workspace(root) as (course, _, progress):
        # The attempts at an exercise outlive it when the course drops the exercise.
        removed = id is not None and any(exercise.id == id for exercise in progress.retired_exercises(course))
        name = id if removed and id else open_exercise(course, progress, id).id
        attempts = progress.history(name)
        if not attempts:
            echo(f"You have not attempted {name} yet.")
        if removed:
            echo(f"{name} is no longer in the course.")
        for attempt in attempts:
            time = attempt.at.astimezone().strftime("%Y-%m-%d %H:%M:%S")
            message = str(attempt.verdict.get("message") or "").splitlines()
            echo(f"{time}  {attempt.outcome:<8} {message[0] if message else ''}".rstrip())
