"""Opens a file in the learner's editor, in the suspended app's terminal or in a window."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

from textual.app import App, SuspendNotSupported
from textual.screen import Screen

from tui.editor import Editor, find_editor
from tui.formatting import short_path


def available_editor(app: App[Any], chosen: str | None) -> Editor | None:
    """Returns the editor that the app can open; in a browser, only editors with a window work."""
    editor = find_editor(chosen)
    return editor if editor is not None and (editor.window or not app.is_web) else None


async def edit(screen: Screen[Any], path: Path, line: int | None, chosen: str | None, then: str) -> None:
    """Opens a file at a line and notifies the learner if that fails.

    `chosen` is the editor in the settings; `then` is a sentence that says what happens when the file is saved.
    """
    editor = available_editor(screen.app, chosen)
    if editor is None:
        text = f"No editor found. Open {short_path(path)} yourself, or set EDITOR to your editor's command and restart."
        if screen.app.is_web:
            text = f"No editor can be shown in a browser. Open {short_path(path)} in your editor yourself. {then}"
        screen.notify(text, severity="warning", markup=False, timeout=20)
        return
    problem = await _run(screen, editor, editor.arguments(path, line), then)
    if problem:
        screen.notify(f"{problem} Your file is {short_path(path)}", severity="warning", markup=False, timeout=20)


async def _run(screen: Screen[Any], editor: Editor, command: list[str], then: str) -> str:
    """Runs an editor; returns a message if that fails."""
    hidden = asyncio.subprocess.DEVNULL
    try:
        if editor.window:
            await asyncio.create_subprocess_exec(
                *command, stdin=hidden, stdout=hidden, stderr=hidden, start_new_session=True
            )
            screen.notify(f"Opened in {editor.name}. {then}", markup=False)
            return ""
        with screen.app.suspend(), screen.app.batch_update():
            # An exception that leaves this block would keep the app suspended.
            problem = await _wait_for(command)
    except SuspendNotSupported:
        return "The app cannot open an editor here."
    except OSError as error:
        return _not_started(command, error)
    return problem


async def _wait_for(command: list[str]) -> str:
    try:
        process = await asyncio.create_subprocess_exec(*command)
    except OSError as error:
        return _not_started(command, error)
    code = await process.wait()
    return f"{command[0]} exited with code {code}." if code else ""


def _not_started(command: list[str], error: OSError) -> str:
    return f"Cannot start {command[0]}: {error.strerror}. Set EDITOR to your editor's command."
