"""Tests the Task pane of Practice: the box, the question to answer first, hints, and where the pane is scrolled."""

from __future__ import annotations

import pytest

from tests.support.tui import NARROW, WIDE, open_practice, screen_text, until, widget_text
from tui.app import FromScratchApp


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
