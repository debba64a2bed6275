"""Tests the GRPO view with a real training of a tiny model."""

from __future__ import annotations

from pathlib import Path

import pytest
from textual.widgets import Input, Static

from exercises.course import Course
from grader.check import Grader
from playground import catalogue
from tests.support.grpo import tiny_model
from tests.support.tui import NARROW, NOW, open_practice, screen_text, until, widget_text
from tui.app import FromScratchApp
from tui.screens.playground import grpo, training_run
from tui.screens.playground.grpo import GrpoView


async def test_a_model_is_trained_stopped_and_continued(
    root: Path, grader: Grader, few: Course, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = tiny_model(tmp_path)
    monkeypatch.setattr(grpo, "ABACUS", catalogue.ShippedModel("tiny", "tiny", "", "", model, ""))
    monkeypatch.setattr(training_run, "NICE", 0)  # other tests use the processors too
    app = FromScratchApp(root, course=few, grader=grader, clock=lambda: NOW)
    async with app.run_test(size=NARROW) as pilot:
        await open_practice(pilot)
        await pilot.press("3", "f12")
        await until(pilot, lambda: bool(app.screen.query("#view-grpo #start")), "the view")
        view = app.screen.query_one(GrpoView)
        assert "Press Start" in widget_text(app, "#view-grpo #train-status")
        settings = {"minutes": "", "steps": "4000", "problems": "1", "num_rollouts": "2", "name": "mine"}
        for name, value in settings.items():
            view.query_one(f"#grpo-{name}", Input).value = value
        view.query_one("#grpo-num_rollouts", Input).value = "1"
        complaint = view.form.query_one(".problem", Static)
        await until(pilot, lambda: "num_rollouts must be at least 2" in str(complaint.content), "the complaint")
        view.query_one("#grpo-num_rollouts", Input).value = "2"
        await pilot.press("ctrl+s")
        await until(pilot, lambda: len(view.run.rollouts) > 1, "the first completions")
        await pilot.press("escape")
        await until(pilot, lambda: view.run.state == "stopped", "the stop")
        text = screen_text(app)
        assert "reward" in text and "entropy" in text and "held-out problems: right" in text
        assert "The right answer is" in widget_text(app, "#view-grpo #train-sample")
        stopped_at = view.run.saved
        await pilot.press("ctrl+s")
        await until(pilot, lambda: view.run.state == "training", "the continuation")
        assert view.run.begun is not None and view.run.begun.step == stopped_at and view.run.rollouts
