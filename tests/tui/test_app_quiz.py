"""Tests a month's quiz: keys, mouse, interruption, repetition, and its results in Course and Progress."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace
from textual.pilot import Pilot

from exercises.course import Course
from exercises.quiz import Quiz
from grader.check import Grader
from learner.progress import Progress, ProgressError
from tests.support.tui import NARROW, NOW, SIZES, WIDE, open_practice, screen_text, toast_texts, until, widget_text
from tui.app import FromScratchApp
from tui.screens.glossary import GlossaryScreen
from tui.screens.quiz import QuizScreen


@pytest.fixture
def app(root: Path, grader: Grader, small: Course) -> FromScratchApp:
    return FromScratchApp(root, grader=grader, course=small, clock=lambda: NOW)


async def opened(pilot: Pilot[Any]) -> QuizScreen:
    """Opens the small course's quiz from the course tree."""
    app = pilot.app
    assert isinstance(app, FromScratchApp)
    [quiz] = app.learner.course.quizzes
    app.open_in_course(quiz)
    await until(pilot, lambda: "Press Enter to take the quiz" in widget_text(app, "#strip"), "the cursor on the quiz")
    await pilot.press("enter")
    await until(pilot, lambda: isinstance(app.screen, QuizScreen), "the quiz")
    screen = app.screen
    assert isinstance(screen, QuizScreen)
    return screen


def key_of(screen: QuizScreen, place: int) -> str:
    """Returns the key that chooses an answer; index 0 is correct."""
    assert screen.question is not None
    return str(screen.question.shuffled(screen.attempt.number).index(place) + 1)


@pytest.mark.parametrize("size", SIZES)
async def test_a_run_from_first_question_to_summary(app: FromScratchApp, size: tuple[int, int]) -> None:
    async with app.run_test(size=size) as pilot:
        await open_practice(pilot)
        screen = await opened(pilot)
        assert "question 1 of 2 · 0 correct" in widget_text(app, "#meter")
        assert "You add 3 to every logit" in widget_text(app, "#ask")
        assert "softmax(x + 3)" in widget_text(app, "#code")
        await pilot.press(key_of(screen, 1))
        await until(pilot, lambda: "(your answer)" in screen_text(app), "the explanation")
        shown = widget_text(app, "#page")
        assert "✗ Every probability is multiplied by e³. (your answer)" in shown
        assert "✓ Nothing changes." in shown and "cancels." in shown
        assert "That is what multiplying the logits does." in shown  # the third answer is explained too
        await pilot.press("enter")
        await until(pilot, lambda: "question 2 of 2" in widget_text(app, "#meter"), "the second question")
        await pilot.press("abc"[int(key_of(screen, 0)) - 1], "enter")
        await until(pilot, lambda: "all answered · 1 correct" in widget_text(app, "#meter"), "the summary")
        shown = widget_text(app, "#page")
        assert "1 of 2 answers correct. You need 2 to pass." in shown
        assert "✗ You add 3 to every logit" in shown and "✓ Nothing changes." in shown
        assert "softmax · numerical stability" in shown and "attention weights" not in shown
        await pilot.press("g")
        await until(pilot, lambda: isinstance(app.screen, GlossaryScreen), "the glossary")
        assert "In the questions you missed Softmax Numerical stability" in widget_text(app, "#terms")
        await pilot.press("escape", "escape")
        await until(pilot, lambda: "◐ Terms quiz 1/2" in widget_text(app, "#tree"), "the score in the map")


async def test_arrows_and_enter_answer_too(app: FromScratchApp) -> None:
    async with app.run_test(size=NARROW) as pilot:
        await open_practice(pilot)
        screen = await opened(pilot)
        for _ in range(int(key_of(screen, 0)) - 1):
            await pilot.press("down")
        await pilot.press("enter")
        await until(pilot, lambda: "1 correct" in widget_text(app, "#meter"), "the answer")
        await pilot.press("space", "up")  # the next question; up from the first answer goes to the last
        await pilot.press("enter")
        await until(pilot, lambda: screen.chosen is not None, "the answer")
        assert screen.question is not None
        assert screen.chosen == screen.question.shuffled(1)[-1]


async def test_a_click_answers_once(app: FromScratchApp) -> None:
    async with app.run_test(size=WIDE) as pilot:
        await open_practice(pilot)
        screen = await opened(pilot)
        right = key_of(screen, 0)
        await pilot.click(f"#choice-{int(right) - 1}")
        await until(pilot, lambda: "1 correct" in widget_text(app, "#meter"), "the answer")
        other = next(number for number in "123" if number != right)
        await pilot.click(f"#choice-{int(other) - 1}")
        await pilot.press(other)
        await pilot.pause(0.1)
        assert screen.chosen == 0
        assert app.learner.progress.quiz_run(screen.quiz).choices == {"logits-shifted": 0}


async def test_a_closed_quiz_continues(root: Path, grader: Grader, small: Course) -> None:
    first = FromScratchApp(root, grader=grader, course=small, clock=lambda: NOW)
    async with first.run_test(size=NARROW) as pilot:
        await open_practice(pilot)
        screen = await opened(pilot)
        await pilot.press(key_of(screen, 0), "escape")
        await until(
            pilot,
            lambda: "You have answered 1 of 2 questions" in widget_text(first, "#detail"),
            "the words",
        )
    again = FromScratchApp(root, grader=grader, course=small, clock=lambda: NOW)
    async with again.run_test(size=NARROW) as pilot:
        await open_practice(pilot)
        screen = await opened(pilot)
        assert "question 2 of 2 · 1 correct" in widget_text(again, "#meter")
        await pilot.press(key_of(screen, 0), "enter")
        await until(pilot, lambda: "2 of 2 answers correct. Passed." in widget_text(again, "#page"), "the summary")
        assert "You answered every question correctly." in widget_text(again, "#page")
        await pilot.press("r")
        await until(pilot, lambda: "question 1 of 2 · 0 correct" in widget_text(again, "#meter"), "a new run")
        assert screen.attempt.number == 2
        await pilot.press("q", "4")
        await until(pilot, lambda: "1 ✓ 2/2" in widget_text(again, "#quizzes"), "the score in Progress")
        assert "Terms quizzes (1 of 1 passed)" in screen_text(again)
        assert widget_text(again, "#figures").startswith("0 of 2 0 1 min 1")  # practice, but no attempt at an exercise


async def test_the_order_is_the_same_when_drawn_again(app: FromScratchApp) -> None:
    async with app.run_test(size=WIDE) as pilot:
        await open_practice(pilot)
        await opened(pilot)
        before = widget_text(app, "#page")
        await pilot.resize_terminal(*NARROW)
        await pilot.pause(0.1)
        await pilot.press("escape")
        await pilot.resize_terminal(*WIDE)
        await opened(pilot)
        assert widget_text(app, "#page") == before


async def test_an_invalid_file_is_reported(root: Path, grader: Grader, small: Course, tmp_path: Path) -> None:
    [quiz] = small.quizzes
    path = tmp_path / "month-1.toml"
    path.write_text(quiz.path.read_text().replace('right = { says = "1"', 'rigth = { says = "1"'))
    months = (replace(small.months[0], quiz=Quiz(quiz.id, path)), *small.months[1:])
    app = FromScratchApp(root, grader=grader, course=replace(small, months=months), clock=lambda: NOW)
    async with app.run_test(size=NARROW) as pilot:
        await open_practice(pilot)
        app.open_quiz(app.learner.course.quizzes[0])
        await until(pilot, lambda: "question[1].rigth" in toast_texts(app), "the sentence")
        assert "Did you mean `right`?" in toast_texts(app)
        assert not isinstance(app.screen, QuizScreen)


async def test_it_works_where_nothing_can_be_stored(app: FromScratchApp, monkeypatch: pytest.MonkeyPatch) -> None:
    async with app.run_test(size=NARROW) as pilot:
        await open_practice(pilot)
        screen = await opened(pilot)

        def full(*_: object) -> None:
            raise ProgressError("The disk is full.")

        monkeypatch.setattr(Progress, "record_quiz_answer", full)
        await pilot.press(key_of(screen, 0))
        await until(pilot, lambda: "The disk is full." in toast_texts(app), "the sentence")
        assert "1 correct" in widget_text(app, "#meter")
        await pilot.press("enter")
        await until(pilot, lambda: "question 2 of 2" in widget_text(app, "#meter"), "the next question")


async def test_the_palette_opens_it(app: FromScratchApp) -> None:
    async with app.run_test(size=WIDE) as pilot:
        await open_practice(pilot)
        await pilot.press("ctrl+p")
        await pilot.pause(0.3)
        await pilot.press(*"terms quiz")
        await until(pilot, lambda: "Terms quiz: Introduction and setup" in screen_text(app), "the quiz")
        await pilot.press("down", "enter")
        await until(pilot, lambda: isinstance(app.screen, QuizScreen), "the quiz")
