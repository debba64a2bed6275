"""Opens a file in the learner's editor, which takes the terminal until it ends, or has a window of its own."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

from textual.app import App, SuspendNotSupported
from textual.screen import Screen

from tui.editor import Editor, find_editor
from tui.formatting import home


def available_editor(app: App[Any], chosen: str | None) -> Editor | None:
    """The editor that can be opened from the app: where it is drawn in a browser, only one with a window."""
    editor = find_editor(chosen)
    return editor if editor is not None and (editor.window or not app.is_web) else None


async def edit(screen: Screen[Any], path: Path, line: int | None, chosen: str | None, then: str) -> None:
    """Opens a file at a line; `chosen` is the setting's editor, `then` what happens on a save there.

    What goes wrong is told in a notice.
    """
    editor = available_editor(screen.app, chosen)
    if editor is None:
        text = f"No editor found. Open {home(path)} in one, or set EDITOR to its command and start again."
        if screen.app.is_web:
            text = f"No editor can be shown in a browser. Open {home(path)} in one yourself. {then}"
        screen.notify(text, severity="warning", markup=False, timeout=20)
        return
    trouble = await _run(screen, editor, editor.arguments(path, line), then)
    if trouble:
        screen.notify(f"{trouble} Your file is {home(path)}", severity="warning", markup=False, timeout=20)


async def _run(screen: Screen[Any], editor: Editor, command: list[str], then: str) -> str:
    """Runs an editor; returns a sentence where that failed."""
    hidden = asyncio.subprocess.DEVNULL
    try:
        if editor.window:
            await asyncio.create_subprocess_exec(
                *command, stdin=hidden, stdout=hidden, stderr=hidden, start_new_session=True
            )
            screen.notify(f"Opened in {editor.name}. {then}", markup=False)
            return ""
        with screen.app.suspend(), screen.app.batch_update():
            # Nothing may leave this block as an exception: the screen would not come back.
            trouble = await _wait_for(command)
    except SuspendNotSupported:
        return "An editor cannot be opened from here."
    except OSError as error:
        return _not_started(command, error)
    return trouble


async def _wait_for(command: list[str]) -> str:
    try:
        process = await asyncio.create_subprocess_exec(*command)
    except OSError as error:
        return _not_started(command, error)
    code = await process.wait()
    return f"{command[0]} ended with code {code}." if code else ""


def _not_started(command: list[str], error: OSError) -> str:
    return f"{command[0]} cannot be started: {error.strerror}. Set EDITOR to your editor's command."
