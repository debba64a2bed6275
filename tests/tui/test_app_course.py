"""Course: the map, what it says about each thing, and what can be done with it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot
from textual.widgets import Tree
from tui_helpers import NARROW, NOW, SIZES, WIDE, pane, started, text, toasts, until

from exercises.course import Course
from grader.check import Grader
from tui.app import FromScratchApp
from tui.screens.dialogs import PageSheet


@pytest.fixture
def app(root: Path, grader: Grader, small: Course) -> FromScratchApp:
    return FromScratchApp(root, grader=grader, course=small, clock=lambda: NOW)


async def go(pilot: Pilot[Any], label: str) -> None:
    """Unfolds everything and puts the cursor on a line of the map."""
    app: Any = pilot.app
    await pilot.press("1")
    await pilot.pause(0.1)
    tree = app.screen.query_one("#map", Tree)
    tree.root.expand_all()
    await pilot.pause(0.1)
    line = next(i for i in range(tree.last_line + 1) if str(tree.get_node_at_line(i).label).startswith(label))
    tree.move_cursor_to_line(line)
    await pilot.pause(0.2)


@pytest.mark.parametrize("size", SIZES)
async def test_the_map_shows_months_exercises_and_materials(app: FromScratchApp, size: tuple[int, int]) -> None:
    async with app.run_test(size=size) as pilot:
        await started(pilot)
        await go(pilot, "Introduction")
        shown = pane(app, "#map")
        for words in ("1 Introduction", "○ Stable softmax", "▾ Read and watch 0/2", "· Key concepts", "3 Attention"):
            assert words in shown
        await until(pilot, lambda: "Month 1 · Oct 2024" in pane(app, "#detail"), "the month's page")
        detail = pane(app, "#detail")
        assert "about 40 hours (with the path for beginners)" in detail


async def test_enter_opens_an_exercise(app: FromScratchApp) -> None:
    async with app.run_test(size=NARROW) as pilot:
        await started(pilot)
        await go(pilot, "Causal attention")
        await until(pilot, lambda: "It builds on Stable softmax." in pane(app, "#detail"), "its page")
        await pilot.press("enter")
        await until(pilot, lambda: app.current_mode == "practice", "Practice")
        assert app.exercise is not None and app.exercise.id == "causal-attention"
        assert app.desk.progress.last_exercise() == "causal-attention"


async def test_a_material_is_ticked_off_and_back(app: FromScratchApp) -> None:
    async with app.run_test(size=NARROW) as pilot:
        await started(pilot)
        await go(pilot, "Chapter 3")
        await pilot.press("x")
        await until(pilot, lambda: "✓ Chapter 3" in pane(app, "#map"), "the tick")
        assert app.desk.progress.material_done("chapter-3")
        await until(pilot, lambda: "✓ Done. Press x to take that back." in pane(app, "#detail"), "the words")
        await pilot.press("x")
        await until(pilot, lambda: "· Chapter 3" in pane(app, "#map"), "the tick to be gone")


async def test_a_page_of_the_course_opens_inside(app: FromScratchApp) -> None:
    async with app.run_test(size=NARROW) as pilot:
        await started(pilot)
        await go(pilot, "Key concepts")
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(app.screen, PageSheet), "the page")
        await until(pilot, lambda: "a piece of text that the model sees" in pane(app, "#paper"), "its text")
        await pilot.press("escape")
        await pilot.pause()
        assert app.current_mode == "course"


async def test_a_link_without_a_browser_is_shown(app: FromScratchApp) -> None:
    async with app.run_test(size=WIDE) as pilot:
        await started(pilot)
        await go(pilot, "Chapter 3")
        await until(pilot, lambda: "https://example.org/chapter-3" in text(app), "its page")
        await pilot.press("o")
        await until(pilot, lambda: "There is no browser here." in toasts(app), "the sentence")
        assert app.clipboard == "https://example.org/chapter-3"


async def test_a_link_opens_in_the_browser(app: FromScratchApp, tmp_path: Path, monkeypatch: Any) -> None:
    fake = tmp_path / "firefox"
    fake.write_text(f'#!/bin/sh\necho "$@" > {tmp_path}/opened\n')
    fake.chmod(0o755)
    monkeypatch.setenv("BROWSER", str(fake))
    async with app.run_test(size=WIDE) as pilot:
        await started(pilot)
        await go(pilot, "Chapter 3")
        await pilot.press("enter")
        await until(pilot, (tmp_path / "opened").exists, "the browser")
        await until(pilot, lambda: (tmp_path / "opened").read_text().strip(), "the address")
    assert (tmp_path / "opened").read_text().strip() == "https://example.org/chapter-3"


async def test_months_fold_and_unfold(app: FromScratchApp) -> None:
    async with app.run_test(size=NARROW) as pilot:
        await started(pilot)
        await go(pilot, "Attention")
        assert "Causal attention" in pane(app, "#map")
        await pilot.press("left")
        await until(pilot, lambda: "Causal attention" not in pane(app, "#map"), "the fold")
        await pilot.press("enter")
        await until(pilot, lambda: "Causal attention" in pane(app, "#map"), "the unfold")
