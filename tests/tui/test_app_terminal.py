"""Tests in a real terminal: first paint, keys, an editor in the terminal, and resizing."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from exercises.course import Exercise
from exercises.load import load_course
from grader.source import reference_source


class Terminal:
    """A tmux server with the app in its only window."""

    def __init__(self, folder: Path, environment: dict[str, str]) -> None:
        if shutil.which("tmux") is None:
            pytest.fail("This test needs tmux. Install it with your system's package manager.")
        self.base = ["tmux", "-S", str(folder / "tmux"), "-f", "/dev/null"]
        variables = " ".join(f"{name}={shlex.quote(value)}" for name, value in environment.items())
        command = (
            f"cd {shlex.quote(str(folder))}; {variables} {shlex.quote(sys.executable)} -m tui; echo left with $?; cat"
        )
        self.tmux("new-session", "-d", "-x", "80", "-y", "24", command)

    def tmux(self, *arguments: str) -> str:
        return subprocess.run([*self.base, *arguments], check=True, capture_output=True, text=True, timeout=20).stdout

    def press(self, *keys: str) -> None:
        self.tmux("send-keys", *keys)

    def screen(self) -> str:
        return self.tmux("capture-pane", "-p")

    def shows(self, words: str, seconds: float = 40) -> str:
        """Waits until the screen shows a text, and returns the screen."""
        end = time.monotonic() + seconds
        while words not in (screen := self.screen()):
            assert time.monotonic() < end, f"waited in vain for {words!r}; the screen shows:\n{screen}"
            time.sleep(0.05)
        return screen


@pytest.fixture
def first() -> Exercise:
    return load_course().exercises[0]


@pytest.fixture
def terminal(tmp_path: Path, first: Exercise) -> Iterator[Terminal]:
    editor = tmp_path / "my-editor"
    (tmp_path / "solution").write_text(reference_source.as_solution(first))
    editor.write_text(
        "#!/bin/sh\n"
        'for file in "$@"; do :; done\n'
        "printf 'the editor has the screen'\n"
        "read -r line < /dev/tty\n"
        f'cat {tmp_path}/solution > "$file"\n'
    )
    editor.chmod(0o755)
    environment = {
        "HOME": str(tmp_path),
        "FROMSCRATCH_CONFIG": str(tmp_path / "config"),
        "FROMSCRATCH_DATA": str(tmp_path / "data"),
        "FROMSCRATCH_WORKSPACE": str(tmp_path / "fromscratch"),
        "EDITOR": str(editor),
        "PYTHONPATH": os.pathsep.join([str(Path(__file__).parents[2]), os.environ.get("PYTHONPATH", "")]),
    }
    terminal = Terminal(tmp_path, environment)
    yield terminal
    terminal.tmux("kill-server")


def test_from_the_first_start_to_a_first_pass(terminal: Terminal, tmp_path: Path, first: Exercise) -> None:
    terminal.shows(f"Press Enter to start {first.title}.")
    terminal.shows("Welcome! Your files are in ~/fromscratch")
    terminal.press("Enter")
    terminal.shows(f"Press e to open {first.file_name} in my-editor. Saving it runs")
    terminal.shows("6 Help")
    terminal.press("e", "e")  # an impatient second press changes nothing
    assert first.title not in terminal.shows("the editor has the screen")
    terminal.press("Enter")
    terminal.shows("✓ Passed. Press n for the next exercise")
    terminal.shows("e Edit")
    terminal.tmux("resize-window", "-x", "120", "-y", "40")
    wide = terminal.shows("Result")
    end = time.monotonic() + 10
    while not any("Task" in line and "Result" in line for line in wide.splitlines()):
        assert time.monotonic() < end, wide
        wide = terminal.screen()
    terminal.press("n")
    terminal.shows("Press e to open")
    terminal.press("F1")
    terminal.shows("About this course")
    terminal.press("q")
    terminal.shows("left with 0")
    saved = tmp_path / "fromscratch" / "month_1_introduction" / first.file_name
    assert saved.read_text() == reference_source.as_solution(first)


def test_a_projects_script_takes_the_screen_and_gives_it_back(terminal: Terminal, tmp_path: Path) -> None:
    terminal.shows("Press Enter to start")
    terminal.press("End", "C-p")
    terminal.shows("Search")
    for key in "Start a project":
        terminal.press("Space" if key == " " else key)
    terminal.shows("Start a project")
    terminal.press("Enter")
    terminal.shows("Enter creates a folder")
    terminal.press("Enter")
    terminal.shows("0 of 12")
    [script] = tmp_path.rglob("train.py")
    script.write_text("import time\nprint('from the script', flush=True)\ntime.sleep(60)\n")
    terminal.press("r")
    terminal.shows("from the script")
    terminal.press("C-c")
    assert "KeyboardInterrupt" in terminal.shows("Press Enter to go back.")
    terminal.press("Enter")
    terminal.shows("0 of 12")
    terminal.press("x")
    terminal.shows("1 of 12")
