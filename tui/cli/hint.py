"""`fromscratch hint`: the hints for an exercise, one more with each call."""

from __future__ import annotations

import re
import textwrap
from pathlib import Path

import click

from tui.cli.terminal import echo
from tui.cli.workspace import open_exercise, open_workspace


@click.command("hint")
@click.argument("id", required=False)
@click.pass_obj
def hint_command(root: Path, id: str | None) -> None:
    """Show the next hint for an exercise. The last hint is close to the solution.

    Without ID, it shows the hints that you have taken for the exercise you opened last, and takes no new one.
    """
    with open_workspace(root) as (course, _, progress):
        exercise = open_exercise(course, progress, id)
        progress.refuse_help(exercise.id)
        if id and progress.hints(exercise.id) < len(exercise.hints):
            progress.take_hint(exercise.id)
        taken = min(progress.hints(exercise.id), len(exercise.hints))
        by_assistant = progress.assistant_hints(exercise.id)
        echo(f"{exercise.title} ({exercise.id})", bold=True)
        for number, hint in enumerate(exercise.hints[:taken], 1):
            asked = " (asked for by your assistant)" if number in by_assistant else ""
            echo(f"{hint.heading(number, len(exercise.hints))}{asked}: {_without_fences(hint.text)}")
        if not id and taken < len(exercise.hints):
            echo(f"`fromscratch hint {exercise.id}` shows hint {taken + 1} of {len(exercise.hints)}.")


def _without_fences(text: str) -> str:
    """Returns a text whose fenced code is indented instead."""
    return re.sub(r"```\w*\n(.*?)\n?```", lambda code: textwrap.indent(code[1], "    "), text, flags=re.DOTALL)
