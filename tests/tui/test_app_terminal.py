"""Tests in a real terminal: first paint, keys, an editor in the terminal, and resizing."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from exercises.exercise import Exercise
from exercises.load import load_course
from tests.support.solutions import correct
from tests.support.terminal import Terminal
from tests.support.waiting import wait_until


@pytest.fixture
def first() -> Exercise:
    return load_course().exercises[0]


@pytest.fixture
def terminal(tmp_path: Path, first: Exercise) -> Iterator[Terminal]:
    editor = tmp_path / "my-editor"
    (tmp_path / "solution").write_text(correct(first))
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
    terminal = Terminal(tmp_path, 80, 24)
    terminal.open(**environment)
    yield terminal
    terminal.close()


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
    wait_until(
        lambda: any("Task" in line and "Result" in line for line in terminal.screen().splitlines()),
        "the result is next to the task",
        details=terminal.screen,
    )
    terminal.press("n")
    terminal.shows("Press e to open")
    terminal.press("F1")
    terminal.shows("About this course")
    terminal.press("q")
    terminal.shows("exited with 0")
    saved = tmp_path / "fromscratch" / "month_1_introduction" / first.file_name
    assert saved.read_text() == correct(first)


def test_a_projects_script_takes_the_screen_and_gives_it_back(terminal: Terminal, tmp_path: Path) -> None:
    terminal.shows("Press Enter to start")
    terminal.press("End", "C-p")
    terminal.shows("Search")
    for key in "Start a project":
        terminal.press("Space" if key == " " else key)
    wait_until(
        lambda: terminal.screen().count("Start a project") == 2, "the field and the result", details=terminal.screen
    )
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
