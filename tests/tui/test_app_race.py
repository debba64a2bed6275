"""A race in the app: what does not pass does not count, and a pass is measured."""

from __future__ import annotations

from pathlib import Path

import pytest
from msgspec.structs import replace

from exercises.course import Course
from grader.check import Grader
from tests.support.solutions import correct
from tests.support.tui import NARROW, NOW, open_practice, screen_text, until
from tui import race_words
from tui.app import FromScratchApp
from tui.screens.race import RaceDialog

FEW = ("gqa", "layer-norm")


async def test_a_race_in_practice(course: Course, root: Path, grader: Grader, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(race_words, "ROUNDS", 5)
    months = tuple(
        replace(month, exercises=tuple(exercise for exercise in month.exercises if exercise.id in FEW))
        for month in course.months
    )
    app = FromScratchApp(root, grader=grader, course=replace(course, months=months), clock=lambda: NOW)
    async with app.run_test(size=NARROW) as pilot:
        practice = await open_practice(pilot, "layer-norm")
        assert practice.check_action("race", ()) is False
        await open_practice(pilot, "gqa")
        await pilot.press("ctrl+r")
        await until(pilot, lambda: isinstance(app.screen, RaceDialog), "the dialog")
        await until(pilot, lambda: "does not pass the checks" in screen_text(app), "a stub does not count")
        exercise = app.learner.course.exercise("gqa")
        app.learner.workspace.path(exercise).write_text(correct(exercise))
        await pilot.press("r")
        await until(pilot, lambda: "time    yours" in screen_text(app), "the figures")
        assert "5 rounds; CPU time of all threads" in screen_text(app)
