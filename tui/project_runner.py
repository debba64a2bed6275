"""Runs a project's script on the terminal, with the Python that this program runs in."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from textual.app import SuspendNotSupported
from textual.screen import Screen

from learner.project import Project

BACK = "\nPress Enter to go back. "


def command(project: Project) -> list[str]:
    """What is run, in the project's folder."""
    return [sys.executable, project.script.name]


def environment() -> dict[str, str]:
    """This process's environment, in which the script finds the course that `parts` asks."""
    course = Path(__file__).resolve().parent.parent
    path = os.pathsep.join(filter(None, [str(course), os.environ.get("PYTHONPATH", "")]))
    return os.environ | {"PYTHONPATH": path}


def run(project: Project) -> int:
    """Runs the script and returns its exit code; ctrl+c ends the script alone."""
    with _left_to_the_script():
        return subprocess.run(command(project), cwd=project.folder, env=environment()).returncode


async def run_beside(screen: Screen[Any], project: Project) -> None:
    """Runs the script with the app put aside until a key is pressed; what goes wrong is told in a notice."""
    if not project.script.is_file():
        screen.notify(f"There is no file {project.script}.", severity="warning", markup=False, timeout=15)
        return
    try:
        with screen.app.suspend(), screen.app.batch_update(), _left_to_the_script():
            await asyncio.to_thread(_run_and_wait, project)
    except SuspendNotSupported:
        text = f"It cannot run here. In a terminal: fromscratch project run {project.name}"
        screen.notify(text, severity="warning", markup=False, timeout=20)


def _run_and_wait(project: Project) -> None:
    # Nothing may leave here as an exception: the screen would not come back.
    try:
        code = subprocess.run(command(project), cwd=project.folder, env=environment()).returncode
        print(f"\n{project.script.name} ended with code {code}." if code else "", end="")
    except OSError as error:
        print(f"\n{project.script} cannot be run: {error.strerror}.", end="")
    with contextlib.suppress(OSError, EOFError, ValueError):
        input(BACK)


@contextlib.contextmanager
def _left_to_the_script() -> Iterator[None]:
    """A handler, and not SIG_IGN, which the script would inherit."""
    before = signal.signal(signal.SIGINT, lambda *_: None)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
