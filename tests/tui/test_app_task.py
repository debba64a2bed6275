"""Tests the Task pane of Practice: the box, the question to answer first, hints, and where the pane is scrolled."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import pytest

from tests.support import solutions
from tests.support.tui import NARROW, WIDE, open_practice, screen_text, toast_texts, until, widget_text
from tui.app import FromScratchApp
from tui.widgets.hints import Hints


def file_of(app: FromScratchApp, exercise: str) -> Path:
    return app.learner.workspace.path(app.learner.course.exercise(exercise))


def shows_hint(app: FromScratchApp, number: int) -> bool:
    return f"Hint {number} of 3" in widget_text(app, "#result")


@pytest.mark.parametrize("size", [WIDE, NARROW])
async def test_rules_and_answer_are_folded_above_the_page(app: FromScratchApp, size: tuple[int, int]) -> None:
    async with app.run_test(size=size) as pilot:
        await open_practice(pilot, "causal-attention")
        await until(pilot, lambda: "Also checked: 7 rules · Not allowed: 2 calls" in screen_text(app), "the box")
        shown = widget_text(app, "#task")
        assert "Book: section 3.5, figures 3.19 to 3.22 · importance 3 of 3" in shown
        assert "▶ Also checked" in shown and "Predict first: " in shown
        assert shown.index("▶ Answer") < shown.index("This exercise combines")
        assert "dtype of the input" not in shown and "The first 3 rows" not in shown
        await pilot.press("tab", "enter", "tab", "enter")
        await until(pilot, lambda: "The first 3 rows" in screen_text(app), "the answer")
        app.screen.query_one("#task").scroll_home(animate=False)
        await until(pilot, lambda: "dtype of the input" in screen_text(app), "the rules")
        await pilot.press("p", "n")
        await until(pilot, lambda: "▶ Answer" in screen_text(app), "the folded answer")


@pytest.mark.parametrize("size", [WIDE, NARROW])
async def test_the_newest_hint_is_in_view(app: FromScratchApp, size: tuple[int, int]) -> None:
    async with app.run_test(size=size) as pilot:
        await open_practice(pilot)
        file_of(app, "stable-softmax").write_text(solutions.UNSHIFTED_SOFTMAX)
        await until(pilot, lambda: app.verdicts_shown, "the verdict")
        for number in (1, 2, 3):
            app.screen.query_one("#result").scroll_end(animate=False)
            await pilot.press("h")
            await until(pilot, partial(shows_hint, app, number), f"hint {number}")
        hint = app.screen.query_one(Hints).children[-1].region
        pane = app.screen.query_one("#result").region
        assert pane.y <= hint.y and hint.bottom <= pane.bottom


@pytest.mark.parametrize("size", [WIDE, NARROW])
async def test_another_exercise_starts_at_the_top_of_its_task(app: FromScratchApp, size: tuple[int, int]) -> None:
    async with app.run_test(size=size) as pilot:
        await open_practice(pilot)
        file_of(app, "stable-softmax").write_text(solutions.UNSHIFTED_SOFTMAX)
        await until(pilot, lambda: app.verdicts_shown, "the verdict")
        for pane in ("#task", "#result"):
            app.screen.query_one(pane).scroll_end(animate=False)
        other = app.learner.course.exercise("causal-attention")
        app.open_exercise(other)
        await until(pilot, lambda: "Book: section 3.5" in widget_text(app, "#task"), "the task")
        assert [app.screen.query_one(pane).scroll_y for pane in ("#task", "#result")] == [0, 0]
        await pilot.press("1")
        app.open_exercise(app.learner.course.exercise("stable-softmax"))
        await until(pilot, lambda: "What to build" in widget_text(app, "#task"), "the task of a failed exercise")


@pytest.mark.parametrize("size", [WIDE, NARROW])
async def test_a_saved_file_of_another_exercise_is_announced(app: FromScratchApp, size: tuple[int, int]) -> None:
    """An open glossary and the task below it follow."""
    async with app.run_test(size=size) as pilot:
        await open_practice(pilot)
        await pilot.press("g")
        await until(pilot, lambda: "In Stable softmax" in screen_text(app), "the glossary")
        file_of(app, "causal-attention").write_text("x = 1\n")
        await until(pilot, lambda: "In Causal attention" in screen_text(app), "the terms of the other exercise")
        words = "You saved causal_attention.py, so this is now Causal attention."
        await until(pilot, lambda: words in toast_texts(app), "the message")
        await until(pilot, lambda: app.verdicts_shown, "the verdict")
        await pilot.press("escape")
        await until(pilot, lambda: "Causal attention" in screen_text(app), "Practice")
        if size == NARROW:
            await pilot.press("c")
        await until(pilot, lambda: "This exercise combines" in widget_text(app, "#task"), "the other task")


async def test_the_verdict_before_a_running_check_is_marked(app: FromScratchApp) -> None:
    async with app.run_test(size=WIDE) as pilot:
        await open_practice(pilot)
        file_of(app, "stable-softmax").write_text(solutions.UNSHIFTED_SOFTMAX)
        await until(pilot, lambda: app.verdicts_shown, "the verdict")
        assert "The check before this one" not in screen_text(app)
        file_of(app, "stable-softmax").write_text(solutions.ENDLESS_SOFTMAX)
        await until(pilot, lambda: "The check before this one" in screen_text(app), "the mark")
        assert "● Checking" in screen_text(app)
        file_of(app, "stable-softmax").write_text(solutions.SOFTMAX)
        await until(pilot, lambda: "✓ Passed" in screen_text(app), "the next verdict")
        assert "The check before this one" not in screen_text(app)
