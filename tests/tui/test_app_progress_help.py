"""Tests the Progress and Help modes."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import msgspec
from textual.binding import Binding

from exercises.course import Course
from grader.check import Grader
from grader.verdict import Check, MatchedMistake, Verdict
from learner.progress import Progress
from tests.support.tui import NARROW, NOW, WIDE, open_practice, screen_text, until, widget_text
from tui.app import FromScratchApp
from tui.screens.course import CourseScreen
from tui.screens.glossary import GlossaryScreen
from tui.screens.playground.screen import PlaygroundScreen
from tui.screens.playground.talk import TalkView
from tui.screens.playground.xray.attention import AttentionPage
from tui.screens.playground.xray.view import XrayView
from tui.screens.practice import PracticeScreen
from tui.screens.presentation import PresentationScreen
from tui.screens.project import ProjectScreen
from tui.screens.quiz import QuizScreen
from tui.screens.recall import RecallScreen
from tui.screens.recall_return import ReturnScreen


def practised(root: Path, course: Course) -> None:
    """Stores two attempts, six minutes apart."""
    check = Check("test_output", "failed", "It is not right.", 0.1, "The output is right")
    wrong = Verdict("causal-attention", "failed", [check], mistake=MatchedMistake("no-scale", "Not divided by √d_k."))
    right = Verdict("stable-softmax", "passed", [msgspec.structs.replace(check, outcome="passed")])
    for minutes, verdict in ((10, wrong), (4, right)):
        with Progress(root / ".fromscratch" / "progress.db", lambda m=minutes: NOW - timedelta(minutes=m)) as progress:
            exercise = course.exercise(verdict.exercise)
            progress.record(exercise.id, exercise.version, b"source", msgspec.to_builtins(verdict))


async def test_statistics_bars_and_latest_attempts(root: Path, small: Course, grader: Grader) -> None:
    practised(root, small)
    app = FromScratchApp(root, course=small, grader=grader, clock=lambda: NOW)
    async with app.run_test(size=NARROW) as pilot:
        await open_practice(pilot)
        await pilot.press("4")
        await until(pilot, lambda: "1 of 2" in widget_text(app, "#figures"), "the figures")
        shown = screen_text(app)
        assert "6 min" in shown
        assert "day in a row" in shown
        assert "1 Introduction and setup" in shown and "━━━  1/1" in shown
        assert "no exercises yet" in shown
        latest = widget_text(app, "#recent")
        assert latest.index("✓ Stable softmax") < latest.index("✗ Causal attention")
        assert "Not divided by √d_k." in latest
        assert "4 minutes ago" in latest and "10 minutes ago" in latest


async def test_help_names_every_key(app: FromScratchApp) -> None:
    async with app.run_test(size=(120, 240)) as pilot:
        await open_practice(pilot)
        await pilot.press("6")
        await pilot.pause(0.2)
        lines = [" ".join(line.split()) for line in screen_text(app).splitlines()]
        rooms = (FromScratchApp, PracticeScreen, CourseScreen, PlaygroundScreen, TalkView, XrayView, AttentionPage)
        for holder in (
            *rooms,
            GlossaryScreen,
            RecallScreen,
            ReturnScreen,
            QuizScreen,
            ProjectScreen,
            PresentationScreen,
        ):
            for binding in (one for one in holder.BINDINGS if not isinstance(one, Binding) or one.show or one.id):
                assert isinstance(binding, Binding) and binding.id and binding.description and binding.tooltip
                key = app.get_key_display(next(iter(Binding.make_bindings([binding]))))
                assert f"{key} {binding.description} {binding.tooltip}" in lines
        shown = screen_text(app)
        assert "~/fromscratch/.fromscratch/progress.db" in shown
        assert "vim (set VISUAL or EDITOR to change it)" in shown


async def test_help_scrolls_where_it_is_too_long(app: FromScratchApp) -> None:
    async with app.run_test(size=WIDE) as pilot:
        await open_practice(pilot)
        await pilot.press("6", "end")
        await until(pilot, lambda: "Close; you can continue later" in screen_text(app), "the last key")
