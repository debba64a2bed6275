"""Tests the Course mode: the tree, the descriptions, and the actions."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot
from textual.widgets import Tree

from exercises.course import Course
from grader.check import Grader
from learner.settings import load_settings
from tests.support.tui import NARROW, NOW, SIZES, WIDE, open_practice, screen_text, toast_texts, until, widget_text
from tui.app import FromScratchApp
from tui.screens.dialogs import PageDialog


@pytest.fixture
def app(root: Path, grader: Grader, small: Course) -> FromScratchApp:
    return FromScratchApp(root, grader=grader, course=small, clock=lambda: NOW)


async def go(pilot: Pilot[Any], label: str) -> None:
    """Expands the whole tree and selects a line."""
    app: Any = pilot.app
    await pilot.press("1")
    await pilot.pause(0.1)
    tree = app.screen.query_one("#tree", Tree)
    tree.root.expand_all()
    await pilot.pause(0.1)
    line = next(i for i in range(tree.last_line + 1) if str(tree.get_node_at_line(i).label).startswith(label))
    tree.move_cursor_to_line(line)
    await pilot.pause(0.2)


def cursor_label(app: FromScratchApp) -> str:
    node = app.screen.query_one("#tree", Tree).cursor_node
    return str(node.label) if node is not None else ""


@pytest.mark.parametrize("size", SIZES)
async def test_the_tree_shows_months_exercises_and_materials(app: FromScratchApp, size: tuple[int, int]) -> None:
    async with app.run_test(size=size) as pilot:
        await open_practice(pilot)
        await go(pilot, "Introduction")
        shown = widget_text(app, "#tree")
        for words in (
            "1 Introduction",
            "○ Stable softmax",
            "▾ Read and watch 1.5 h 0/2",
            "· Key concepts",
            "3 Attention",
        ):
            assert words in shown
        await until(pilot, lambda: "Month 1 · Oct 2024 · 1.8 h left" in widget_text(app, "#detail"), "the month's page")
        app.screen.query_one("#detail").scroll_end(animate=False)
        await pilot.pause(0.1)
        detail = widget_text(app, "#detail")
        assert "The course outline estimates 5–10 hours, and for beginners about 40 hours." in detail
        assert "Materials: 1.5 h, 1.5 h left" in detail and "Total: 1.8 h, 1.8 h left" in detail


@pytest.mark.parametrize("size", SIZES)
async def test_materials_for_beginners_are_hidden_and_shown_again(app: FromScratchApp, size: tuple[int, int]) -> None:
    async with app.run_test(size=size) as pilot:
        await open_practice(pilot)
        await go(pilot, "An introduction")
        await pilot.press("x")
        await until(pilot, lambda: "0 of 2 exercises · 1 of 4 materials · 15.8 h left" in screen_text(app), "the sum")
        await pilot.press("b")
        await until(pilot, lambda: "An introduction" not in widget_text(app, "#tree"), "the filter")
        assert "Read and watch 30 min 0/1" in widget_text(app, "#tree") and "+ 1 for beginners (b)" in widget_text(
            app, "#tree"
        )
        assert "0 of 2 exercises · 0 of 3 materials · 15.8 h left" in screen_text(app)
        assert load_settings().settings.audience == "all"
        assert app.learner.progress.material_done("video")
        await go(pilot, "Hidden")
        await until(pilot, lambda: "These are for beginners." in widget_text(app, "#detail"), "what is hidden")
        await pilot.press("enter")
        await until(pilot, lambda: "✓ An introduction" in widget_text(app, "#tree"), "the material, still ticked off")
        assert load_settings().settings.audience == "beginners"


async def test_the_cursor_stays_on_its_thing_when_materials_come_and_go(app: FromScratchApp) -> None:
    async with app.run_test(size=NARROW) as pilot:
        await open_practice(pilot)
        for label in ("Chapter 3", "Causal attention", "Key concepts"):
            await go(pilot, label)
            for _ in range(2):
                hidden = "+ 1 for beginners (b)" in widget_text(app, "#tree")
                await pilot.press("b")
                await until(
                    pilot,
                    lambda was=hidden: was != ("+ 1 for beginners (b)" in widget_text(app, "#tree")),
                    "the filter",
                )
                await until(pilot, lambda label=label: cursor_label(app).startswith(label), f"the cursor on {label}")
        await go(pilot, "An introduction")
        await pilot.press("b")
        await until(pilot, lambda: "Read and watch" in widget_text(app, "#detail"), "the shelf, where it was")


async def test_enter_opens_an_exercise(app: FromScratchApp) -> None:
    async with app.run_test(size=NARROW) as pilot:
        await open_practice(pilot)
        await go(pilot, "Causal attention")
        await until(pilot, lambda: "It builds on Stable softmax." in widget_text(app, "#detail"), "its page")
        await pilot.press("enter")
        await until(pilot, lambda: app.current_mode == "practice", "Practice")
        assert app.exercise is not None and app.exercise.id == "causal-attention"
        assert app.learner.progress.last_exercise() == "causal-attention"


async def test_a_material_is_ticked_off_and_back(app: FromScratchApp) -> None:
    async with app.run_test(size=NARROW) as pilot:
        await open_practice(pilot)
        await go(pilot, "Chapter 3")
        await pilot.press("x")
        await until(pilot, lambda: "✓ Chapter 3" in widget_text(app, "#tree"), "the tick")
        assert app.learner.progress.material_done("chapter-3")
        await until(pilot, lambda: "✓ Completed. Press x to undo that." in widget_text(app, "#detail"), "the words")
        await pilot.press("x")
        await until(pilot, lambda: "· Chapter 3" in widget_text(app, "#tree"), "the tick to be gone")


async def test_a_page_of_the_course_opens_inside(app: FromScratchApp) -> None:
    async with app.run_test(size=NARROW) as pilot:
        await open_practice(pilot)
        await go(pilot, "Project template")
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(app.screen, PageDialog), "the page")
        await until(pilot, lambda: "What it will do" in widget_text(app, "#paper"), "its text")
        await pilot.press("escape")
        await pilot.pause()
        assert app.current_mode == "course"


async def test_a_link_without_a_browser_is_shown(app: FromScratchApp) -> None:
    async with app.run_test(size=WIDE) as pilot:
        await open_practice(pilot)
        await go(pilot, "Chapter 3")
        await until(pilot, lambda: "https://example.org/chapter-3" in screen_text(app), "its page")
        await pilot.press("o")
        await until(pilot, lambda: "No browser found." in toast_texts(app), "the sentence")
        assert app.clipboard == "https://example.org/chapter-3"


async def test_a_link_opens_in_the_browser(app: FromScratchApp, tmp_path: Path, monkeypatch: Any) -> None:
    fake = tmp_path / "firefox"
    fake.write_text(f'#!/bin/sh\necho "$@" > {tmp_path}/opened\n')
    fake.chmod(0o755)
    monkeypatch.setenv("BROWSER", str(fake))
    async with app.run_test(size=WIDE) as pilot:
        await open_practice(pilot)
        await go(pilot, "Chapter 3")
        await pilot.press("enter")
        await until(pilot, (tmp_path / "opened").exists, "the browser")
        await until(pilot, lambda: (tmp_path / "opened").read_text().strip(), "the address")
    assert (tmp_path / "opened").read_text().strip() == "https://example.org/chapter-3"


async def test_months_fold_and_unfold(app: FromScratchApp) -> None:
    async with app.run_test(size=NARROW) as pilot:
        await open_practice(pilot)
        await go(pilot, "Attention")
        assert "Causal attention" in widget_text(app, "#tree")
        await pilot.press("left")
        await until(pilot, lambda: "Causal attention" not in widget_text(app, "#tree"), "the fold")
        await pilot.press("enter")
        await until(pilot, lambda: "Causal attention" in widget_text(app, "#tree"), "the unfold")
