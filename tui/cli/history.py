"""`fromscratch history`: the learner's attempts at an exercise."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import click

from learner.hints import HintRequest
from learner.progress import Attempt
from tui.cli.terminal import echo
from tui.cli.workspace import open_exercise, open_workspace


@click.command("history")
@click.argument("id", required=False)
@click.pass_obj
def history_command(root: Path, id: str | None) -> None:
    """List your attempts at an exercise and the hints that you have taken."""
    with open_workspace(root) as (course, _, progress):
        # The attempts at an exercise outlive it when the course drops the exercise.
        removed = id is not None and any(exercise.id == id for exercise in progress.retired_exercises(course))
        name = id if removed and id else open_exercise(course, progress, id).id
        attempts = progress.history(name)
        if not attempts:
            echo(f"You have not attempted {name} yet.")
        if removed:
            echo(f"{name} is no longer in the course.")
        for at, line in sorted((*map(_attempt, attempts), *map(_hint, progress.hint_requests(name)))):
            echo(f"{at.astimezone():%Y-%m-%d %H:%M:%S}  {line}".rstrip())


def _attempt(attempt: Attempt) -> tuple[datetime, str]:
    message = str(attempt.verdict.get("message") or "").splitlines()
    return attempt.at, f"{attempt.outcome:<8} {message[0] if message else ''}".rstrip() + _asker(attempt.by_assistant)


def _hint(request: HintRequest) -> tuple[datetime, str]:
    return request.at, f"hint {request.number}" + _asker(request.asked_by == "assistant")


def _asker(is_assistant: bool) -> str:
    return "  (asked for by your assistant)" if is_assistant else ""
