"""Helpers for tests of the app: sizes, the time, waiting for and reading the screen."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from textual.pilot import Pilot

from tui.app import FromScratchApp
from tui.screens.practice import PracticeScreen

NOW = datetime(2024, 12, 3, 18, 30, tzinfo=UTC)
WIDE, NARROW = (120, 40), (80, 24)
SIZES = [pytest.param(WIDE, id="120x40"), pytest.param(NARROW, id="80x24")]


async def until(pilot: Pilot[Any], condition: Callable[[], Any], what: str = "", seconds: float = 30) -> None:
    """Waits until a condition holds; on failure, shows the screen."""
    loop = asyncio.get_running_loop()
    end = loop.time() + seconds
    while not condition():
        assert loop.time() < end, f"waited in vain for {what or condition}; the screen shows:\n{text(pilot.app)}"
        await pilot.pause(0.02)
    await pilot.pause()


def text(app: Any) -> str:
    """Returns the screen as plain text."""
    lines = app.screen._compositor.render_strips()
    return "\n".join("".join(segment.text for segment in strip).rstrip() for strip in lines)


def pane(app: Any, selector: str) -> str:
    """Returns the text of a widget as one line."""
    region = app.screen.query_one(selector).region
    lines = app.screen._compositor.render_strips()[region.y : region.bottom]
    cut = ("".join(segment.text for segment in strip.crop(region.x, region.right)) for strip in lines)
    return " ".join(" ".join(line.strip("│ ") for line in cut).split())


async def started(pilot: Pilot[Any], exercise: str | None = "stable-softmax") -> PracticeScreen:
    """Waits for the workspace, then shows the task of an exercise in Practice (None: the current one)."""
    app = pilot.app
    assert isinstance(app, FromScratchApp)
    await until(pilot, lambda: app.learner.created, "the workspace")
    await until(pilot, lambda: "watch" in {worker.group for worker in app.workers}, "the watcher")
    assert app.exercise is not None
    app.open_exercise(app.exercise if exercise is None else app.learner.course.exercise(exercise))
    await pilot.pause(0.1)
    assert isinstance(app.screen, PracticeScreen)
    return app.screen


def toasts(app: Any) -> str:
    """Returns the texts of all notifications."""
    return "\n".join(str(toast.message) for toast in app._notifications)
