"""The app in tests: sizes, the clock, waiting, and the text of the screen."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from textual.css.query import NoMatches
from textual.pilot import Pilot

from tests.support import waiting
from tui.app import FromScratchApp
from tui.screens.practice import PracticeScreen

NOW = datetime(2024, 12, 3, 18, 30, tzinfo=UTC)
WIDE, NARROW = (120, 40), (80, 24)
SIZES = [pytest.param(WIDE, id="120x40"), pytest.param(NARROW, id="80x24")]


async def until(pilot: Pilot[Any], condition: Callable[[], Any], description: str = "the condition") -> None:
    """Waits until the condition is true and the app is idle; a failure shows the screen. A condition about a widget
    that does not exist is false: screens replace their widgets."""

    def check() -> Any:
        try:
            return condition()
        except NoMatches:
            return False

    await waiting.until(check, description, details=lambda: f"The screen shows:\n{screen_text(pilot.app)}")
    await pilot.pause()


def screen_text(app: Any) -> str:
    """The screen as plain text."""
    lines = app.screen._compositor.render_strips()
    return "\n".join("".join(segment.text for segment in strip).rstrip() for strip in lines)


def widget_text(app: Any, selector: str) -> str:
    """The visible text of a widget, as one line."""
    region = app.screen.query_one(selector).region
    lines = app.screen._compositor.render_strips()[region.y : region.bottom]
    cut = ("".join(segment.text for segment in strip.crop(region.x, region.right)) for strip in lines)
    return " ".join(" ".join(line.strip("│ ") for line in cut).split())


async def open_practice(pilot: Pilot[Any], exercise: str | None = "stable-softmax") -> PracticeScreen:
    """Waits for the workspace, then shows the task of an exercise in Practice (None: the current one)."""
    app = pilot.app
    assert isinstance(app, FromScratchApp)
    await until(pilot, lambda: app.learner.created, "the workspace exists")
    await until(pilot, lambda: "watch" in {worker.group for worker in app.workers}, "the watcher runs")
    assert app.exercise is not None
    app.open_exercise(app.exercise if exercise is None else app.learner.course.exercise(exercise))
    await pilot.pause(0.1)
    assert isinstance(app.screen, PracticeScreen)
    return app.screen


def toast_texts(app: Any) -> str:
    """The texts of all notifications."""
    return "\n".join(str(toast.message) for toast in app._notifications)
