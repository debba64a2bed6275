"""Tests the display of checks that train a model, in Practice and in `fromscratch check`."""

from __future__ import annotations

import io
import math
import sys
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grader.verdict import Check, CheckEnded, CheckPlan, TrainingStep
from tests.support.tui import SIZES, open_practice, screen_text, widget_text
from tui.app import FromScratchApp
from tui.checking import CheckState
from tui.cli.training_line import TrainingLine
from tui.widgets.result_cards import HEIGHTS, curve

REPORTS = tuple(TrainingStep(step, 600, 4.2 - step / 300) for step in range(1, 302, 20))
PASSED = Check("one", "passed", "", 0.1, "One")


@pytest.mark.parametrize("size", SIZES)
async def test_practice_shows_how_far_a_training_is(app: FromScratchApp, size: tuple[int, int]) -> None:
    async with app.run_test(size=size) as pilot:
        practice = await open_practice(pilot)
        running = CheckState(practice.exercise, "running", planned=(("one", "One"), ("two", "Two")), ended=(PASSED,))
        app.checker.changed.publish(running)
        await pilot.pause(0.1)
        assert "● Checking… 1 of 2" in screen_text(app) and "training" not in screen_text(app)
        app.checker.changed.publish(replace(running, training=REPORTS))
        await pilot.pause(0.1)
        assert "1 of 2 · training, step 301 of 600, loss 3.20" in screen_text(app)
        practice.turn_to(True)
        await pilot.pause(0.1)
        shown = widget_text(app, "#result")
        assert "Your model is training" in shown and "step 301 of 600" in shown and "loss 3.20" in shown
        assert HEIGHTS[-1] in shown and HEIGHTS[0] in shown


@given(st.lists(st.floats(allow_nan=True, allow_infinity=True), max_size=60), st.integers(1, 40))
def test_a_curve_fits_whatever_the_losses_are(losses: list[float], width: int) -> None:
    drawn = curve(losses, width)
    assert len(drawn) == width and set(drawn) <= {*HEIGHTS, "·", " "}


def test_a_curve_falls_with_the_loss() -> None:
    heights = [HEIGHTS.index(sign) for sign in curve([5 - n / 10 for n in range(40)])]
    assert heights == sorted(heights, reverse=True) and heights[0] == 7 and heights[-1] == 0
    assert curve([1.0, math.nan, 2.0], 3) == "▁·█"


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_a_terminal_shows_one_line_that_goes_away(monkeypatch: pytest.MonkeyPatch, app: FromScratchApp) -> None:
    screen = Terminal()
    monkeypatch.setattr(sys, "stderr", screen)
    line = TrainingLine(app.learner.course.exercises[0])
    line(CheckPlan([("one", "One")]))
    assert screen.getvalue() == ""
    line(TrainingStep(12, 600, 3.456))
    assert screen.getvalue().endswith(": training, step 12 of 600, loss 3.46")
    line(CheckEnded(PASSED))
    line(CheckEnded(PASSED))
    assert screen.getvalue().endswith("\r\033[K") and screen.getvalue().count("\n") == 0


def test_what_is_no_terminal_gets_nothing(monkeypatch: pytest.MonkeyPatch, app: FromScratchApp) -> None:
    pipe = io.StringIO()
    monkeypatch.setattr(sys, "stderr", pipe)
    TrainingLine(app.learner.course.exercises[0])(TrainingStep(12, 600, 3.456))
    assert pipe.getvalue() == ""
