"""Tests Practice when something fails: an unreadable file, a dead engine, a store that cannot be written."""

from __future__ import annotations

import os
import signal
from pathlib import Path

from exercises.course import Course
from tests.support import solutions
from tests.support.tui import NARROW, NOW, WIDE, open_practice, screen_text, toast_texts, until, widget_text
from tui.app import FromScratchApp


def softmax_file(app: FromScratchApp) -> Path:
    return app.learner.workspace.path(app.learner.course.exercise("stable-softmax"))


async def test_a_file_that_cannot_be_read(app: FromScratchApp) -> None:
    async with app.run_test(size=NARROW) as pilot:
        await open_practice(pilot)
        softmax_file(app).unlink()
        softmax_file(app).mkdir()
        await pilot.press("r")
        await until(pilot, lambda: "not a file. Move it away" in widget_text(app, "#result"), "the sentence")


async def test_the_engine_dies_and_comes_back(root: Path, few: Course) -> None:
    app = FromScratchApp(root, course=few, clock=lambda: NOW)
    async with app.run_test(size=WIDE) as pilot:
        engine = app.grader.engine
        await until(pilot, lambda: engine.process is not None, "the engine's process")
        assert engine.process is not None
        os.kill(engine.process.pid, signal.SIGSTOP)  # else it can be ready before the screen is read
        await open_practice(pilot)
        await until(pilot, lambda: "loading torch…" in screen_text(app), "that the engine loads")
        os.kill(engine.process.pid, signal.SIGCONT)
        await until(pilot, engine.ready.is_set, "the engine")
        await until(pilot, lambda: "loading torch" not in screen_text(app), "the calm")
        softmax_file(app).write_text(solutions.ENDLESS_SOFTMAX)
        await until(pilot, lambda: "Checking…" in screen_text(app), "the check")
        await pilot.pause(0.3)
        os.kill(engine.process.pid, signal.SIGKILL)
        await until(pilot, lambda: "The grading engine stopped" in widget_text(app, "#result"), "the sentence")
        assert "Press r to try again." in screen_text(app)
        softmax_file(app).write_text(solutions.SOFTMAX)
        await pilot.press("r")
        await until(pilot, lambda: "✓ Passed." in screen_text(app), "the verdict")


async def test_progress_that_cannot_be_stored(app: FromScratchApp) -> None:
    async with app.run_test(size=NARROW) as pilot:
        await open_practice(pilot)
        app.learner.progress.close()
        softmax_file(app).write_text(solutions.SOFTMAX)
        await until(pilot, lambda: "✓ Passed." in screen_text(app), "the verdict all the same")
        await until(pilot, lambda: "Progress could not be stored" in toast_texts(app), "the sentence")
