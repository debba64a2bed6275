"""Runs a project's script in the terminal, with the Python interpreter that runs this program."""

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

PROMPT = "\nPress Enter to go back. "


def command(project: Project) -> list[str]:
    """The command, which runs in the project's folder."""
    return [sys.executable, project.script.name]


def environment() -> dict[str, str]:
    """This process's environment, with the course on PYTHONPATH for the module `parts`."""
    course = Path(__file__).resolve().parent.parent
    path = os.pathsep.join(filter(None, [str(course), os.environ.get("PYTHONPATH", "")]))
    return os.environ | {"PYTHONPATH": path}


def run(project: Project) -> int:
    """Runs the script and returns its exit code; ctrl+c interrupts only the script."""
    with _ignore_interrupts():
        return subprocess.run(command(project), cwd=project.folder, env=environment()).returncode


async def run_suspended(screen: Screen[Any], project: Project) -> None:
    """Suspends the app, runs the script and waits for Enter; notifies the learner if that fails."""
    if not project.script.is_file():
        screen.notify(f"The file {project.script} does not exist.", severity="warning", markup=False, timeout=15)
        return
    try:
        with screen.app.suspend(), screen.app.batch_update(), _ignore_interrupts():
            await asyncio.to_thread(_run_and_wait, project)
    except SuspendNotSupported:
        text = f"The script cannot run here. Run this in a terminal: fromscratch project run {project.name}"
        screen.notify(text, severity="warning", markup=False, timeout=20)


def _run_and_wait(project: Project) -> None:
    # An exception that leaves this function would keep the app suspended.
    try:
        code = subprocess.run(command(project), cwd=project.folder, env=environment()).returncode
        print(f"\n{project.script.name} exited with code {code}." if code else "", end="")
    except OSError as error:
        print(f"\nCannot run {project.script}: {error.strerror}.", end="")
    with contextlib.suppress(OSError, EOFError, ValueError):
        input(PROMPT)


@contextlib.contextmanager
def _ignore_interrupts() -> Iterator[None]:
    """Ignores ctrl+c in this process. It sets a handler because the script would inherit SIG_IGN."""
    before = signal.signal(signal.SIGINT, lambda *_: None)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
