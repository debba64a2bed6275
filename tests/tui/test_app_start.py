"""Tests the first start, later starts, and switching between modes."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from exercises.course import Course
from grader.check import Grader
from tests.support.tui import NARROW, NOW, SIZES, open_practice, screen_text, toast_texts, until
from tui.app import FromScratchApp
from tui.modes import TITLES


@pytest.mark.parametrize("size", SIZES)
async def test_first_start_asks_nothing(app: FromScratchApp, root: Path, size: tuple[int, int]) -> None:
    async with app.run_test(size=size) as pilot:
        first = app.learner.course.exercises[0]
        await until(pilot, lambda: f"Press Enter to start {first.title}." in screen_text(app), "the course")
        assert app.current_mode == "course"
        assert "Introduction and setup" in screen_text(app)
        assert "Welcome! Your files are in ~/fromscratch" in screen_text(app)
        await until(pilot, lambda: app.learner.created, "the workspace")
        await pilot.press("enter")
        await until(pilot, lambda: app.current_mode == "practice", "the exercise")
        practice = await open_practice(pilot, None)
        assert practice.exercise is first
        shown = screen_text(app)
        assert f"Press e to open {first.file_name} in vim. Saving it runs the checks." in shown
    assert (root / "month_1_introduction" / first.file_name).exists()


async def test_a_later_start_opens_the_last_exercise(root: Path, grader: Grader, few: Course) -> None:
    first = FromScratchApp(root, course=few, grader=grader, clock=lambda: NOW)
    async with first.run_test(size=NARROW) as pilot:
        await open_practice(pilot, None)
        await pilot.press("n")
        await pilot.pause(0.1)
    again = FromScratchApp(root, course=few, grader=grader, clock=lambda: NOW)
    async with again.run_test(size=NARROW) as pilot:
        second = again.learner.course.exercises[1]
        await until(pilot, lambda: f"Press Enter to start {second.title}." in screen_text(again), "where one left off")
        assert f"Welcome back to {second.title}. 0 of" in screen_text(again)
        practice = await open_practice(pilot, None)
        assert practice.exercise is second


async def test_every_mode_has_a_key(app: FromScratchApp) -> None:
    async with app.run_test(size=NARROW) as pilot:
        await open_practice(pilot)
        for number, mode in enumerate(TITLES, 1):
            await pilot.press("f2" if mode != "practice" else "f1")  # works in a text field too, such as a prompt
            await pilot.press(str(number))
            await pilot.pause(0.1)
            assert app.current_mode == mode
            last = screen_text(app).splitlines()[-1]
            assert all(f"{i} {TITLES[name][0]}" in last for i, name in enumerate(TITLES, 1))
        await pilot.press("f2")
        assert app.current_mode == "practice"
        await pilot.press("question_mark")
        assert app.current_mode == "help"


async def test_the_mouse_switches_modes(app: FromScratchApp) -> None:
    async with app.run_test(size=NARROW) as pilot:
        await open_practice(pilot)
        await pilot.click("#tab-course")
        await until(pilot, lambda: app.current_mode == "course", "the course")


async def test_the_palette_offers_what_keys_do_and_exercises(app: FromScratchApp) -> None:
    async with app.run_test(size=NARROW) as pilot:
        await open_practice(pilot)
        await pilot.press("ctrl+p")
        await until(pilot, lambda: "Open the file in your editor" in screen_text(app), "the actions")
        for character in "sliding":
            await pilot.press(character)
        await until(pilot, lambda: "A sliding window" in screen_text(app), "the exercise")
        await pilot.press("enter")
        await until(pilot, lambda: app.exercise is not None and app.exercise.id == "gpt-dataset", "the exercise")


async def test_the_theme_is_saved(root: Path, grader: Grader, few: Course) -> None:
    app = FromScratchApp(root, course=few, grader=grader)
    async with app.run_test(size=NARROW) as pilot:
        await open_practice(pilot)
        assert app.current_theme.dark
        await pilot.press("T")
        await pilot.pause()
        assert not app.current_theme.dark
    assert FromScratchApp(root, course=few, grader=grader).theme == "fromscratch-light"


async def test_a_small_window_gets_a_sentence(app: FromScratchApp) -> None:
    async with app.run_test(size=(50, 12)) as pilot:
        await pilot.pause(0.2)
        assert "This window is too small." in screen_text(app)
        await pilot.resize_terminal(*NARROW)
        await pilot.pause(0.2)
        assert "too small" not in screen_text(app)


async def test_no_color_shows_no_colour(
    root: Path, grader: Grader, monkeypatch: pytest.MonkeyPatch, few: Course
) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    app = FromScratchApp(root, course=few, grader=grader)
    async with app.run_test(size=NARROW) as pilot:
        await open_practice(pilot)
        drawn = app.export_screenshot().partition("terminal-")[2]
    # The picture's frame has three coloured buttons and a text of its own, which are not ours.
    colours = set(re.findall(r"fill: (#[0-9a-f]{6})", drawn)) - {"#ff5f57", "#febc2e", "#28c840", "#c5c8c6"}
    assert colours
    assert all(colour[1:3] == colour[3:5] == colour[5:7] for colour in colours), colours


async def test_leaving(app: FromScratchApp) -> None:
    async with app.run_test(size=NARROW) as pilot:
        await open_practice(pilot)
        await pilot.press("ctrl+c")
        await pilot.pause()
        assert "or ctrl+c again" in toast_texts(app)
        await pilot.press("ctrl+c")
        await pilot.pause()
        assert not app.is_running


IMPORTS = """
import asyncio, sys
from pathlib import Path
from tui.app import FromScratchApp

async def main():
    app = FromScratchApp(Path(sys.argv[1]))
    async with app.run_test(size=(120, 40)) as pilot:
        for key in "13452":
            await pilot.press(key)
            await pilot.pause(0.2)
        await pilot.press("d", "h", "s", "y", "escape")
        await pilot.pause(0.2)

asyncio.run(main())
heavy = {"torch", "numpy", "pytest", "hypothesis", "pandas", "reference"} & set(sys.modules)
print("imported:", sorted(heavy))
"""


def test_the_process_that_draws_imports_nothing_heavy(root: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", IMPORTS, str(root)], capture_output=True, text=True, timeout=60, env=os.environ
    )
    assert done.stdout.strip().endswith("imported: []"), done.stdout + done.stderr


# What can be in the way


async def test_a_file_where_the_workspace_should_be(root: Path, grader: Grader, few: Course) -> None:
    root.write_text("not a folder")
    app = FromScratchApp(root, course=few, grader=grader)
    async with app.run_test(size=NARROW) as pilot:
        await until(pilot, lambda: app.learner.created, "the attempt to make a workspace")
        await until(pilot, lambda: "Choose a different folder with --workspace" in toast_texts(app), "the sentence")
        await pilot.press("1")
        await pilot.pause(0.1)
        assert app.current_mode == "course"
    assert root.read_text() == "not a folder"


async def test_a_damaged_database_is_kept(root: Path, grader: Grader, few: Course) -> None:
    (root / ".fromscratch").mkdir(parents=True)
    (root / ".fromscratch" / "progress.db").write_bytes(b"no database" * 500)
    app = FromScratchApp(root, course=few, grader=grader)
    async with app.run_test(size=NARROW) as pilot:
        await open_practice(pilot)
        await until(pilot, lambda: "Your progress could not be read" in toast_texts(app), "the sentence")


async def test_invalid_settings_are_reported(root: Path, grader: Grader, tmp_path: Path, few: Course) -> None:
    (tmp_path / "config").mkdir()
    (tmp_path / "config" / "settings.json").write_text("{")
    app: Any = FromScratchApp(root, course=few, grader=grader)
    async with app.run_test(size=NARROW) as pilot:
        await open_practice(pilot)
        await until(pilot, lambda: "the default settings are used" in toast_texts(app), "the sentence")
