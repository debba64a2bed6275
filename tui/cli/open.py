"""`fromscratch open`: an exercise's file in the learner's editor."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import click

from learner.settings import load_settings
from tui.cli.terminal import echo
from tui.cli.workspace import open_exercise, open_workspace
from tui.editor import find_editor


@click.command("open")
@click.argument("id", required=False)
@click.pass_obj
def open_command(root: Path, id: str | None) -> None:
    """Open an exercise's file in your editor: the setting `editor`, $VISUAL, $EDITOR, or one that is installed."""
    with open_workspace(root) as (course, workspace, progress):
        path = workspace.ensure(open_exercise(course, progress, id))
    echo(str(path))
    if not sys.stdout.isatty():
        return
    editor = find_editor(load_settings().settings.editor)
    if editor is None:
        raise click.ClickException("No editor is found. `fromscratch settings editor COMMAND` sets it.")
    try:
        process = subprocess.Popen(editor.arguments(path), start_new_session=editor.window)
    except OSError as error:
        raise click.ClickException(
            f"{editor.command[0]} cannot be started: {error.strerror}. `fromscratch settings editor COMMAND` sets it."
        ) from None
    if not editor.window:
        sys.exit(process.wait())
