"""Trying an exercise's file in Practice: the dialog, its settings, and code that fails."""

from __future__ import annotations

from typing import Any

import pytest
from textual.pilot import Pilot
from textual.widgets import Input, Static

from exercises.exercise import Exercise
from tests.support import solutions
from tests.support.grading import Service
from tests.support.tryout import of_service
from tests.support.tui import NARROW, SIZES, WIDE, open_practice, screen_text, until, widget_text
from tui.app import FromScratchApp
from tui.screens import try_it


@pytest.fixture(autouse=True)
def on_the_service(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(try_it, "run_try", of_service(service))


async def status(pilot: Pilot[Any], beginning: str) -> str:
    """Waits for a status line that begins like this, and returns it."""
    await until(pilot, lambda: isinstance(pilot.app.screen, try_it.TryDialog), "the dialog")
    await until(pilot, lambda: widget_text(pilot.app, "#status").startswith(beginning), f"the status {beginning}")
    return widget_text(pilot.app, "#status")


@pytest.mark.parametrize("size", SIZES)
async def test_t_shows_the_drawings_of_a_passed_file(app: FromScratchApp, size: tuple[int, int]) -> None:
    async with app.run_test(size=size) as pilot:
        practice = await open_practice(pilot)
        path = app.learner.workspace.path(practice.exercise)
        path.write_text(solutions.SOFTMAX)
        await until(pilot, lambda: app.verdicts_shown, "the verdict")
        await pilot.press("t")
        assert await status(pilot, "✓") == "✓ your file, which has passed"
        shown = screen_text(app)
        assert "The cat …, at temperature 1" in shown and "61.1%" in shown
        field = app.screen.query_one("#in-temperature", Input)
        field.focus()
        field.value = "100"
        await pilot.press("enter")
        await status(pilot, "✗ `temperature` must be a number from 0.05 to 20.")
        field.value = "2"
        await pilot.press("enter")
        await until(pilot, lambda: "at temperature 2" in screen_text(app), "the other temperature")
        path.write_text(solutions.ENDLESS_SOFTMAX)
        await pilot.press("escape", "t")
        assert await status(pilot, "✓") == "✓ your file, as it last passed"


async def test_a_file_that_never_passed_is_marked_and_its_error_is_a_sentence(app: FromScratchApp) -> None:
    async with app.run_test(size=NARROW) as pilot:
        practice = await open_practice(pilot)
        path = app.learner.workspace.path(practice.exercise)
        await pilot.press("t")
        assert "your file, not passed yet: Not written yet: line " in await status(pilot, "✗")
        path.write_text(solutions.UNSHIFTED_SOFTMAX)
        await pilot.press("r")
        assert await status(pilot, "◐") == "◐ your file, not passed yet"
        path.write_text(solutions.HOSTILE_SOFTMAX)
        await pilot.press("r")

        def last() -> str:
            return str(app.screen.query("#paper Static").last(Static).content)

        await until(pilot, lambda: "Your code printed" in last(), "the output")
        await pilot.press("f")
        assert await status(pilot, "✓") == "✓ the reference"


async def test_without_a_try_there_is_no_key(app: FromScratchApp, monkeypatch: pytest.MonkeyPatch) -> None:
    bare = app.learner.course.exercise("gpt-dataset")
    with_try = property(lambda exercise: exercise.folder / ("try.py" if exercise != bare else "none.py"))
    monkeypatch.setattr(Exercise, "try_path", with_try)
    async with app.run_test(size=WIDE) as pilot:
        practice = await open_practice(pilot)
        await until(pilot, lambda: "Try it" in screen_text(app), "the key")
        app.open_exercise(bare)
        await until(pilot, lambda: practice.exercise is bare and "Try it" not in screen_text(app), "no key")
