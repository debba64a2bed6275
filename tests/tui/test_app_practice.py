"""Tests the Practice mode with the real engine: saves, checks, diagnoses and keys."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot
from textual.widgets import Collapsible

from exercises.course import Course
from grader.check import Grader
from tests.support import solutions
from tests.support.tui import NARROW, NOW, SIZES, WIDE, open_practice, screen_text, toast_texts, until, widget_text
from tui.app import FromScratchApp
from tui.screens.dialogs import CodeDialog, CompareDialog, ConfirmDialog
from tui.screens.history import HistoryDialog
from tui.screens.practice import PracticeScreen


def softmax_file(app: FromScratchApp) -> Path:
    return app.learner.workspace.path(app.learner.course.exercise("stable-softmax"))


def use_window_editor(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Makes the learner's editor one with a window, which saves the right solution at once."""
    fake = folder / "code"
    fake.write_text(f'#!/bin/sh\nfor file in "$@"; do :; done\ncat {folder}/right > "$file"\n')
    fake.chmod(0o755)
    (folder / "right").write_text(solutions.SOFTMAX)
    monkeypatch.setenv("EDITOR", f"{fake} --wait")


async def saved(pilot: Pilot[Any], source: str) -> None:
    """Saves the first exercise as an editor does, and waits for the verdict."""
    app: Any = pilot.app
    seen = app.verdicts_shown
    softmax_file(app).write_text(source)
    await until(pilot, lambda: app.verdicts_shown > seen, "the verdict")


@pytest.mark.parametrize("size", SIZES)
async def test_saving_a_right_solution_passes(app: FromScratchApp, size: tuple[int, int]) -> None:
    async with app.run_test(size=size) as pilot:
        practice = await open_practice(pilot)
        await saved(pilot, solutions.SOFTMAX)
        shown = screen_text(app)
        assert "✓ Passed. Press n for the next exercise: " in shown
        assert "checks pass on attempt 1" in shown
        assert f"1 of {len(app.learner.course.exercises)}" in shown
        assert {outcome for outcome, _ in practice.checks.rows} == {"passed"}
        attempts = app.learner.progress.history("stable-softmax")
        assert [(attempt.outcome, attempt.source) for attempt in attempts] == [("passed", solutions.SOFTMAX.encode())]
        following = app.learner.following(practice.exercise)
        await pilot.press("n")
        await pilot.pause(0.1)
        assert practice.exercise is following
        assert "Press e to open" in screen_text(app)


async def test_a_known_mistake_is_named_with_its_stage(app: FromScratchApp) -> None:
    async with app.run_test(size=WIDE) as pilot:
        practice = await open_practice(pilot)
        await saved(pilot, solutions.UNSHIFTED_SOFTMAX)
        shown = widget_text(app, "#room")
        assert "✗ Not passed yet: " in shown
        shown = widget_text(app, "#result")
        assert "Yours takes the exponential of x directly" in shown
        assert "Your result is exactly the result of this mistake." in shown
        verdict = app.checker.state(practice.exercise).verdict
        assert verdict is not None and verdict.missing_stage is not None
        assert f"{verdict.missing_stage} ✗" in shown


async def test_a_syntax_error_shows_its_line(app: FromScratchApp) -> None:
    async with app.run_test(size=NARROW) as pilot:
        await open_practice(pilot)
        await saved(pilot, solutions.INVALID_SOFTMAX)
        shown = screen_text(app)
        assert "Line 2" in shown and "not valid Python yet" in shown
        assert "2 │     return x +" in shown
        assert "Could not be loaded" in shown


async def test_a_newer_save_overtakes_a_check(app: FromScratchApp) -> None:
    async with app.run_test(size=WIDE) as pilot:
        await open_practice(pilot)
        softmax_file(app).write_text(solutions.ENDLESS_SOFTMAX)
        await until(pilot, lambda: "Checking…" in screen_text(app), "the first check to begin")
        await pilot.pause(0.3)
        await saved(pilot, solutions.SOFTMAX)
        assert "✓ Passed." in screen_text(app)
        assert len(app.learner.progress.history("stable-softmax")) == 1


async def test_checks_tick_as_they_end(app: FromScratchApp) -> None:
    """While a slow function runs, some checks have ended and others have not."""
    slow = solutions.SOFTMAX.replace("    exponentials", "    __import__('time').sleep(0.06)\n    exponentials", 1)
    async with app.run_test(size=WIDE) as pilot:
        practice = await open_practice(pilot)
        softmax_file(app).write_text(slow)
        marks = {"passed", "running", "planned"}
        await until(
            pilot,
            lambda: marks == {outcome for outcome, _ in practice.checks.rows},
            "passed, running and planned checks at once",
        )
        await until(pilot, lambda: "✓ Passed." in screen_text(app), "the verdict")


async def test_what_code_prints_is_shown_as_it_is(app: FromScratchApp) -> None:
    async with app.run_test(size=WIDE) as pilot:
        practice = await open_practice(pilot)
        await saved(pilot, solutions.HOSTILE_SOFTMAX)
        practice.query_one("#output", Collapsible).collapsed = False
        practice.query_one("#result").scroll_end(animate=False)
        await pilot.pause(0.1)
        await until(pilot, lambda: "[/INST] [bold]loud[/bold]" in screen_text(app), "the output")
        assert "\x1b" not in screen_text(app) and "\x07" not in screen_text(app)


async def test_practice_follows_the_file_that_is_saved(app: FromScratchApp) -> None:
    async with app.run_test(size=WIDE) as pilot:
        practice = await open_practice(pilot)
        other = app.learner.course.exercise("causal-attention")
        app.learner.workspace.path(other).write_text("x = 1\n")
        await until(pilot, lambda: practice.exercise is other, "the other exercise")
        await until(pilot, lambda: app.verdicts_shown, "its verdict")
        assert other.title in screen_text(app)


async def test_a_verdict_is_announced_in_other_modes(app: FromScratchApp) -> None:
    async with app.run_test(size=NARROW) as pilot:
        await open_practice(pilot)
        await pilot.press("6")
        softmax_file(app).write_text(solutions.SOFTMAX)
        await until(pilot, lambda: "Stable softmax: ✓ passed. Press 2 to open it." in toast_texts(app), "the words")
        await pilot.press("2")
        await until(pilot, lambda: "✓ Passed." in screen_text(app), "the verdict")


async def test_what_changed_while_away_is_checked_at_the_start(root: Path, grader: Grader, few: Course) -> None:
    first = FromScratchApp(root, course=few, grader=grader, clock=lambda: NOW)
    async with first.run_test(size=WIDE) as pilot:
        await open_practice(pilot)
    softmax_file(first).write_text(solutions.SOFTMAX)
    again = FromScratchApp(root, course=few, grader=grader, clock=lambda: NOW)
    async with again.run_test(size=WIDE) as pilot:
        await open_practice(pilot)
        await until(pilot, lambda: "✓ Passed." in screen_text(again), "the verdict")
    third = FromScratchApp(root, course=few, grader=grader, clock=lambda: NOW)
    async with third.run_test(size=WIDE) as pilot:
        await open_practice(pilot)
        assert "✓ Passed." in screen_text(third)
        assert len(third.learner.progress.history("stable-softmax")) == 1  # nothing new to check


async def test_hints_come_one_at_a_time_and_stay(app: FromScratchApp, root: Path, grader: Grader, few: Course) -> None:
    async with app.run_test(size=WIDE) as pilot:
        await open_practice(pilot)
        assert "Hint 1" not in screen_text(app)
        await pilot.press("h")
        await until(pilot, lambda: "Hint 1 of 3" in screen_text(app), "the first hint")
        assert "Hint 2" not in screen_text(app)
        await pilot.press("h", "h", "h")
        await until(pilot, lambda: "Hint 3 of 3" in screen_text(app), "the last hint")
        await until(pilot, lambda: "all 3 hints" in toast_texts(app), "the sentence")
    again = FromScratchApp(root, course=few, grader=grader, clock=lambda: NOW)
    async with again.run_test(size=WIDE) as pilot:
        await open_practice(pilot)
        await until(pilot, lambda: "Hint 1 of 3" in screen_text(again), "the hints again")


async def test_the_solution_before_a_pass_is_asked_about(app: FromScratchApp) -> None:
    async with app.run_test(size=WIDE) as pilot:
        await open_practice(pilot)
        await pilot.press("s")
        await until(pilot, lambda: isinstance(app.screen, ConfirmDialog), "the question")
        await pilot.press("n")
        await pilot.pause(0.1)
        assert not app.learner.progress.solution_viewed("stable-softmax")
        await pilot.press("s")
        await until(pilot, lambda: isinstance(app.screen, ConfirmDialog), "the question")
        await pilot.press("y")
        await until(pilot, lambda: isinstance(app.screen, CodeDialog), "the solution")
        assert "def softmax" in screen_text(app)
        assert app.learner.progress.solution_viewed("stable-softmax")
        await pilot.press("escape")
        await until(pilot, lambda: len(app.screen_stack) == 1, "Practice")


@pytest.mark.parametrize("size", SIZES)
async def test_the_solution_after_a_pass_is_compared_with_the_own_file(
    app: FromScratchApp, size: tuple[int, int]
) -> None:
    async with app.run_test(size=size) as pilot:
        await open_practice(pilot)
        await saved(pilot, solutions.SOFTMAX)
        await pilot.press("s")
        await until(pilot, lambda: isinstance(app.screen, CompareDialog), "the comparison")
        await until(pilot, lambda: "def softmax" in screen_text(app), "the sources")
        wide = size == WIDE
        assert ("Yours" in screen_text(app) and "│      Reference" in screen_text(app)) == wide
        assert ("- yours, + reference" in screen_text(app)) != wide
        await pilot.press("s")
        await until(pilot, lambda: "eference" not in screen_text(app).partition("solution")[2], "the solution alone")
        assert "def softmax" in screen_text(app)
        await pilot.press("escape")
        await until(pilot, lambda: len(app.screen_stack) == 1, "Practice")


async def test_the_diff_and_the_history(app: FromScratchApp) -> None:
    async with app.run_test(size=WIDE) as pilot:
        await open_practice(pilot)
        await pilot.press("d", "y")
        await until(pilot, lambda: "You have not changed the stub yet" in toast_texts(app), "the sentence")
        assert "No attempts yet" in toast_texts(app)
        await saved(pilot, solutions.UNSHIFTED_SOFTMAX)
        await saved(pilot, solutions.SOFTMAX)
        await pilot.press("d")
        await until(pilot, lambda: "-    raise NotImplementedError" in screen_text(app), "the diff")
        await pilot.press("escape", "y")
        await until(pilot, lambda: isinstance(app.screen, HistoryDialog), "the history")
        await until(pilot, lambda: "x.amax" in widget_text(app, "#paper"), "the newest attempt")
        await pilot.press("down")
        await until(pilot, lambda: "x.amax" not in widget_text(app, "#paper"), "the first attempt")
        assert widget_text(app, "OptionList").count("just now") == 2


async def test_starting_over_keeps_a_copy(app: FromScratchApp, root: Path) -> None:
    async with app.run_test(size=NARROW) as pilot:
        await open_practice(pilot)
        await saved(pilot, solutions.UNSHIFTED_SOFTMAX)
        await pilot.press("x")
        await until(pilot, lambda: isinstance(app.screen, ConfirmDialog), "the question")
        await pilot.press("y")
        kept_as = "Your version is kept as ~/fromscratch/.fromscratch/kept"
        await until(pilot, lambda: kept_as in toast_texts(app), "where")
        await until(pilot, lambda: "Press e to open" in screen_text(app), "the fresh start")
        await pilot.pause(0.4)  # the watcher sees the stub, too
        assert softmax_file(app).read_text() == app.learner.course.exercise("stable-softmax").stub
        assert len(app.learner.progress.history("stable-softmax")) == 1
    kept = list((root / ".fromscratch" / "kept").rglob("stable_softmax*.py"))
    assert [path.read_text() for path in kept] == [solutions.UNSHIFTED_SOFTMAX]


async def test_a_deleted_file_comes_back_on_e(app: FromScratchApp, tmp_path: Path, monkeypatch: Any) -> None:
    """Also, an editor with a window leaves the app on the screen."""
    use_window_editor(tmp_path, monkeypatch)
    async with app.run_test(size=NARROW) as pilot:
        await open_practice(pilot)
        softmax_file(app).unlink()
        await pilot.press("1", "2")
        missing = "Your file is missing. Press e to create it again."
        await until(pilot, lambda: missing in screen_text(app), "the sentence")
        await pilot.press("e")
        await until(pilot, lambda: "✓ Passed." in screen_text(app), "the verdict")
        assert "Opened in code." in toast_texts(app)


async def test_an_editor_waits_until_saves_are_noticed(app: FromScratchApp, tmp_path: Path, monkeypatch: Any) -> None:
    """On a busy machine the workspace can be ready after the first key: what is saved before counts as unchanged."""
    ready, create = threading.Event(), app.learner.create
    use_window_editor(tmp_path, monkeypatch)
    monkeypatch.setattr(app.learner, "create", lambda: create() if ready.wait(60) else "too late")
    async with app.run_test(size=NARROW) as pilot:
        app.open_exercise(app.learner.course.exercise("stable-softmax"))
        await until(pilot, lambda: isinstance(app.screen, PracticeScreen) and app.screen.is_current, "Practice")
        await pilot.press("e")
        await until(pilot, lambda: softmax_file(app).exists(), "the file")
        await pilot.pause(0.3)
        assert softmax_file(app).read_text() == app.learner.course.exercise("stable-softmax").stub
        ready.set()
        await until(pilot, lambda: "✓ Passed." in screen_text(app), "the verdict")


@pytest.mark.parametrize(
    ("editor", "says"),
    [("/nowhere/editor", "The app cannot open an editor here"), ("/nowhere/code", "Cannot start")],
)
async def test_an_editor_that_cannot_start(app: FromScratchApp, monkeypatch: Any, editor: str, says: str) -> None:
    monkeypatch.setenv("EDITOR", editor)
    async with app.run_test(size=NARROW) as pilot:
        await open_practice(pilot)
        await pilot.press("e")
        await until(pilot, lambda: says in toast_texts(app), "the sentence")
        assert "~/fromscratch/month_1_introduction/stable_softmax.py" in toast_texts(app)


async def test_no_editor_at_all(app: FromScratchApp, monkeypatch: Any, tmp_path: Path) -> None:
    monkeypatch.delenv("EDITOR")
    monkeypatch.setenv("PATH", str(tmp_path))
    async with app.run_test(size=WIDE) as pilot:
        await open_practice(pilot)
        expected = "Open ~/fromscratch/month_1_introduction/stable_softmax.py. Saving it runs the checks."
        assert expected in screen_text(app)
        await pilot.press("e")
        await until(pilot, lambda: "No editor found." in toast_texts(app), "the sentence")
