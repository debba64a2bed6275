"""Tests the training lab with real trainings of a tiny model."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import pytest
from syrupy.assertion import SnapshotAssertion
from syrupy.extensions.image import SVGImageSnapshotExtension
from textual.pilot import Pilot
from textual.widgets import Button, Input

from exercises.course import Course
from grader.check import Grader
from playground.training_messages import Evaluation, Prepared, Sample, Saved, Step
from tests.support.pictures import drawn
from tests.support.processes import until_exited
from tests.support.training import SIZES as TINY
from tests.support.tui import NARROW, NOW, SIZES, WIDE, open_practice, screen_text, until, widget_text
from tui.app import FromScratchApp
from tui.screens.playground import training_run
from tui.screens.playground.train import TrainView
from tui.widgets import training_form


@pytest.fixture(autouse=True)
def tiny_size(monkeypatch: pytest.MonkeyPatch) -> None:
    """Makes the form's smallest size train in milliseconds."""
    sizes = {name: value for name, value in TINY.items() if name in training_form.SIZES["tiny"]}
    monkeypatch.setitem(training_form.SIZES, "tiny", sizes)
    monkeypatch.setattr(training_run, "NICE", 0)  # other tests use the processors too


async def open_lab(pilot: Pilot[Any], **values: str) -> TrainView:
    await open_practice(pilot)
    await pilot.press("3", "f10")
    view = pilot.app.screen.query_one(TrainView)
    for name, value in values.items():
        view.query_one(f"#train-{name}", Input).value = value
    return view


async def test_a_model_is_trained_and_talks(root: Path, grader: Grader, few: Course) -> None:
    app = FromScratchApp(root, course=few, grader=grader, clock=lambda: NOW)
    async with app.run_test(size=NARROW) as pilot:
        view = await open_lab(pilot, text="stories:0.02MB", minutes="", steps="130", name="mine")
        assert view.query_one("#stop", Button).disabled
        await pilot.press("ctrl+s")
        await until(pilot, lambda: view.run.state == "finished", "the end of the training")
        await until(pilot, lambda: "Finished · step 130 of 130 · 100%" in widget_text(app, "#train-status"), "the end")
        text = screen_text(app)
        assert "tokens/s" in text and "validation" in text and "optimizer steps" in text and "learning rate" in text
        assert any("⠀" < character <= "⣿" for character in text)  # the curves
        assert widget_text(app, "#train-sample")
        config = json.loads((root / "models" / "mine" / "config.json").read_text())
        assert config["steps"] == 130
        await pilot.press("ctrl+o")
        assert app.screen.view.NAME == "talk" and app.screen.controller.model == str(root / "models" / "mine")


async def test_pause_leave_stop_and_continue(root: Path, grader: Grader, few: Course) -> None:
    app = FromScratchApp(root, course=few, grader=grader, clock=lambda: NOW)
    async with app.run_test(size=WIDE) as pilot:
        view = await open_lab(pilot, text="stories:0.02MB", minutes="5", name="mine")
        await pilot.press("ctrl+s")
        await until(pilot, lambda: len(view.run.steps) > 1, "the first steps")
        await pilot.press("ctrl+y")
        await until(pilot, lambda: view.run.state == "paused", "the pause")
        assert "Paused, with a checkpoint" in widget_text(app, "#train-status")
        assert view.run.saved is not None
        await pilot.press("f7", "1")  # the training goes on elsewhere
        view.action_pause()
        paused_at = view.run.steps[-1].step
        await until(pilot, lambda: view.run.steps[-1].step > paused_at, "more steps")
        await pilot.press("3", "f10", "escape")
        await until(pilot, lambda: view.run.state == "stopped", "the stop")
        stopped_at = view.run.saved
        assert "Stopped. Start continues from the checkpoint." in widget_text(app, "#train-status")
        await pilot.press("ctrl+s")
        await until(pilot, lambda: view.run.state == "training" and view.run.prepared is not None, "the continuation")
        assert view.run.prepared.step == stopped_at and view.run.losses[0][0] <= 2  # the curve is whole
        pid = view.run.process.process.pid
    await until_exited(pid)
    assert json.loads((root / "models" / "mine" / "config.json").read_text())["steps"] >= stopped_at


async def test_a_wrong_value_and_a_missing_text_are_said(root: Path, grader: Grader, few: Course) -> None:
    app = FromScratchApp(root, course=few, grader=grader, clock=lambda: NOW)
    async with app.run_test(size=NARROW) as pilot:
        view = await open_lab(pilot, minutes="soon")
        await pilot.press("ctrl+s")
        await until(pilot, lambda: "Minutes must be a number." in screen_text(app), "the sentence")
        assert not view.run.active
        for name, value in {"minutes": "1", "text": str(root / "nothing.txt")}.items():
            view.query_one(f"#train-{name}", Input).value = value
        await pilot.press("ctrl+s")
        await until(pilot, lambda: view.run.state == "failed", "the failure")
        status = "".join(widget_text(app, "#train-status").split())  # a long path breaks anywhere
        assert "nothing.txtcannotberead:Nosuchfileordirectory." in status
        assert not (root / "models" / view.form.name_value).exists()


@pytest.mark.parametrize("size", SIZES)
async def test_pictures(
    root: Path, grader: Grader, few: Course, snapshot: SnapshotAssertion, size: tuple[int, int]
) -> None:
    picture = snapshot.use_extension(SVGImageSnapshotExtension)
    app = FromScratchApp(root, course=few, grader=grader, clock=lambda: NOW)
    async with app.run_test(size=size) as pilot:
        view = await open_lab(pilot, name="mine")
        await until(pilot, lambda: "parts: reference" in screen_text(app), "the model")
        run = view.run
        run._reset(root / "models" / "mine")
        run._apply(Prepared("mine", 0, 200, None, 169_344, 512, 100_000, 10_000, 1.2))
        for step in range(2, 122, 2):
            loss, norm = 1.5 + 4.5 * math.exp(-step / 40) + 0.05 * math.sin(step), 0.8 + 0.3 * math.cos(step / 7)
            run._apply(Step(step, loss, 2e-3 * min(1, step / 20), norm, 12_345.0, step / 5, step / 200))
            if step % 20 == 0:
                run._apply(Evaluation(step, loss + 0.1, 2048))
        run._apply(Sample(120, "", "Once upon a time, there was a kite that nobody could catch. It was red."))
        run._apply(Saved(120, 0.1))
        view._draw()
        assert await drawn(pilot) == picture(name="train")
