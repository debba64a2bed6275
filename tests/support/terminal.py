"""Programs in a real terminal: a tmux server with a pane for each program."""

from __future__ import annotations

import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.waiting import wait_until


class Terminal:
    """A tmux server with one window; panes are numbered in the order in which they are opened."""

    def __init__(self, folder: Path, width: int, height: int) -> None:
        if shutil.which("tmux") is None:
            pytest.fail("This test needs tmux. Install it with your system's package manager.")
        self.folder, self.size = folder, (str(width), str(height))
        self.panes = 0

    def open(self, *arguments: str, **environment: str) -> int:
        """Runs a fromscratch command in a new pane; the pane then shows its exit code."""
        variables = " ".join(f"{name}={shlex.quote(value)}" for name, value in environment.items())
        program = shlex.join([sys.executable, "-m", "tui", *arguments])
        command = f"cd {shlex.quote(str(self.folder))}; {variables} {program}; echo exited with $?; cat"
        if self.panes:
            self.tmux("split-window", "-v", command)
        else:
            self.tmux("new-session", "-d", "-x", self.size[0], "-y", self.size[1], command)
        self.tmux("select-layout", "even-vertical")
        self.panes += 1
        return self.panes - 1

    def tmux(self, *arguments: str) -> str:
        command = ["tmux", "-S", str(self.folder / "tmux"), "-f", "/dev/null", *arguments]
        return subprocess.run(command, check=True, capture_output=True, text=True, timeout=60).stdout

    def press(self, *keys: str, pane: int = 0) -> None:
        self.tmux("send-keys", "-t", f":.{pane}", *keys)

    def type(self, text: str, pane: int = 0) -> None:
        self.tmux("send-keys", "-t", f":.{pane}", "-l", text)

    def screen(self, pane: int = 0) -> str:
        return self.tmux("capture-pane", "-p", "-t", f":.{pane}")

    def close(self) -> None:
        """Ends all programs, and the server if it runs."""
        command = ["tmux", "-S", str(self.folder / "tmux"), "kill-server"]
        subprocess.run(command, check=False, capture_output=True, timeout=60)

    def shows(self, text: str, pane: int = 0) -> str:
        """Waits until a pane shows a text; returns its screen."""
        screen = ""

        def is_shown() -> bool:
            nonlocal screen
            screen = self.screen(pane)
            return text in screen

        wait_until(is_shown, f"the screen shows {text!r}", details=lambda: f"The screen shows:\n{screen}")
        return screen

    def hides(self, text: str, pane: int = 0) -> None:
        """Waits until a pane does not show a text."""
        wait_until(lambda: text not in self.screen(pane), f"the screen hides {text!r}")
