"""Tests the glossary: opening, searching, and following its links."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot
from textual.widgets import Input, Markdown, OptionList, Tree

from exercises.course import Course, Month
from grader.check import Grader
from tests.support.tui import NARROW, NOW, SIZES, WIDE, open_practice, screen_text, until, widget_text
from tui.app import FromScratchApp
from tui.screens.glossary import GlossaryScreen


@pytest.fixture
def app(root: Path, grader: Grader, small: Course) -> FromScratchApp:
    return FromScratchApp(root, grader=grader, course=small, clock=lambda: NOW)


async def look(pilot: Pilot[Any], *keys: str) -> GlossaryScreen:
    """Opens the glossary and presses keys in it."""
    await pilot.press("g")
    await until(pilot, lambda: isinstance(pilot.app.screen, GlossaryScreen), "the glossary")
    await pilot.press(*keys)
    await pilot.pause(0.1)
    screen = pilot.app.screen
    assert isinstance(screen, GlossaryScreen)
    return screen


def shown(app: FromScratchApp) -> str:
    """Returns the selected term."""
    assert isinstance(app.screen, GlossaryScreen)
    return app.screen.shown.name if app.screen.shown is not None else ""


@pytest.mark.parametrize("size", SIZES)
async def test_typing_searches_and_enter_leads_to_the_exercise(app: FromScratchApp, size: tuple[int, int]) -> None:
    async with app.run_test(size=size) as pilot:
        await open_practice(pilot)
        await pilot.press("1")
        await look(pilot, *"causal")
        assert shown(app) == "Causal mask"
        assert "Softmax" not in widget_text(app, "#terms")
        assert "Hides later tokens from each token" in widget_text(app, "#meaning")
        assert "also: look-ahead mask" in widget_text(app, "#meaning")
        await pilot.press("enter")
        assert isinstance(app.screen.focused, OptionList)
        await pilot.press("enter")
        await until(pilot, lambda: app.current_mode == "practice", "Practice")
        assert app.exercise is not None and app.exercise.id == "causal-attention"
        assert not isinstance(app.screen, GlossaryScreen)


async def test_the_whole_list_stands_in_course_order(app: FromScratchApp) -> None:
    async with app.run_test(size=NARROW) as pilot:
        await open_practice(pilot)
        await pilot.press("1")
        screen = await look(pilot)
        names = [term.name for term in screen.listed if term is not None]
        assert names == [term.name for term in app.learner.course.glossary.terms]
        listed = widget_text(app, "#terms")
        assert listed.index("1 Models and learning") < listed.index("Softmax") < listed.index("3 Attention")


async def test_arrow_keys_move_the_cursor_while_typing(app: FromScratchApp) -> None:
    async with app.run_test(size=NARROW) as pilot:
        await open_practice(pilot)
        await pilot.press("1")
        await look(pilot, "down")
        assert shown(app) == "Numerical stability"
        await pilot.press("down")
        await pilot.pause(0.05)
        assert shown(app) == "Attention weights"
        await pilot.press("up", "up")
        await pilot.pause(0.05)
        assert shown(app) == "Softmax"


async def test_definitions_are_searched(app: FromScratchApp) -> None:
    async with app.run_test(size=NARROW) as pilot:
        await open_practice(pilot)
        await look(pilot, *"zero")
        assert shown(app) == "Dropout"


async def test_a_misspelled_word_finds_similar_terms(app: FromScratchApp) -> None:
    async with app.run_test(size=NARROW) as pilot:
        await open_practice(pilot)
        await look(pilot, *"sofmax")
        assert "Not found. Similar terms: Softmax" in widget_text(app, "#terms")
        assert shown(app) == "Softmax"
        await pilot.press(*"zzzzzzzzzz")
        await until(pilot, lambda: "No term matches." in widget_text(app, "#meaning"), "the sentence")
        await pilot.press("enter")  # nowhere to go to
        assert isinstance(app.screen.focused, Input)


async def test_a_month_and_a_material_are_shown_in_the_course(app: FromScratchApp) -> None:
    async with app.run_test(size=WIDE) as pilot:
        await open_practice(pilot)
        await look(pilot, *"attention w")
        await pilot.press("enter", "enter")
        await until(pilot, lambda: app.current_mode == "course", "Course")
        node = app.screen.query_one("#tree", Tree).cursor_node
        assert node is not None and isinstance(node.data, Month) and node.data.id == "month-3"
        await until(pilot, lambda: "Month 3 · Dec 2024" in widget_text(app, "#detail"), "its page")
        await look(pilot, *"attention w", "enter", "down")
        assert "Section 3.4: Coding attention mechanisms" in widget_text(app, "#links")
        await pilot.press("enter")
        await until(pilot, lambda: "Press Enter to open it" in widget_text(app, "#detail"), "the material's page")
        assert "Chapter 3" in widget_text(app, "#detail")


async def test_a_related_term_is_shown_in_its_place(app: FromScratchApp) -> None:
    async with app.run_test(size=WIDE) as pilot:
        await open_practice(pilot)
        screen = await look(pilot, *"softmax", "enter", "end", "enter")
        await until(pilot, lambda: shown(app) == "Attention weights", "the term")
        assert screen.search.value == "" and screen.search.has_focus
        assert "Buffer" in widget_text(app, "#terms")


async def test_practice_puts_the_words_of_its_exercise_first(app: FromScratchApp) -> None:
    async with app.run_test(size=NARROW) as pilot:
        await open_practice(pilot, "causal-attention")
        await until(pilot, lambda: "g causal mask · buffer · dropout" in widget_text(app, "#concepts"), "the words")
        screen = await look(pilot)
        assert "In Causal attention Causal mask Buffer Dropout" in widget_text(app, "#terms")
        assert shown(app) == "Causal mask"
        await pilot.press("escape")
        await pilot.pause()
        assert app.screen is not screen
        await pilot.click("#concepts", offset=(8, 0))
        await until(pilot, lambda: isinstance(app.screen, GlossaryScreen), "the glossary")
        assert shown(app) == "Causal mask"


async def test_the_material_and_the_concepts_of_the_course_lead_there(app: FromScratchApp) -> None:
    async with app.run_test(size=WIDE) as pilot:
        await open_practice(pilot, "causal-attention")
        await pilot.press("1")
        await pilot.pause(0.2)
        course: Any = app.screen
        course.course_tree.go(app.exercise)
        await until(
            pilot, lambda: "Key concepts: causal mask, buffer, dropout." in widget_text(app, "#detail"), "its page"
        )
        course.post_message(Markdown.LinkClicked(course.query_one("#text", Markdown), "glossary:causal%20mask"))
        await until(pilot, lambda: isinstance(app.screen, GlossaryScreen), "the glossary")
        assert shown(app) == "Causal mask"
        await pilot.press("escape")
        [month, *_] = app.learner.course.months
        app.open_in_course(month.materials[1])
        await until(pilot, lambda: "Key concepts" in widget_text(app, "#strip"), "the material")
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(app.screen, GlossaryScreen), "the glossary")


async def test_the_palette_finds_words(app: FromScratchApp) -> None:
    async with app.run_test(size=WIDE) as pilot:
        await open_practice(pilot)
        await pilot.press("ctrl+p")
        await pilot.pause(0.3)
        await pilot.press(*"look-ahead")
        await until(pilot, lambda: "Glossary: Causal mask" in screen_text(app), "the word")
        await pilot.press("down", "enter")
        await until(pilot, lambda: isinstance(app.screen, GlossaryScreen), "the glossary")
        assert shown(app) == "Causal mask"


async def test_the_mouse_selects_and_follows(app: FromScratchApp) -> None:
    async with app.run_test(size=WIDE) as pilot:
        await open_practice(pilot)
        await pilot.press("1")
        await look(pilot)
        await pilot.click("#terms", offset=(4, 2))
        await until(pilot, lambda: shown(app) == "Numerical stability", "the term")
        assert isinstance(app.screen.focused, Input)
        await pilot.click("#links", offset=(4, 1))
        await until(pilot, lambda: app.current_mode == "practice", "Practice")
        assert app.exercise is not None and app.exercise.id == "stable-softmax"


async def test_help_names_the_key(app: FromScratchApp) -> None:
    async with app.run_test(size=WIDE) as pilot:
        await open_practice(pilot)
        await pilot.press("6")
        await until(pilot, lambda: "Look up a term of the course" in screen_text(app), "the key")
        await look(pilot)
        await pilot.press("escape")
        await pilot.pause()
        assert app.current_mode == "help"
