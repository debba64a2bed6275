"""Tests the page Meanwhile, mentions in the message box, and assignments on the board and in the Course."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from textual.widgets import Input

from cowork.rooms.assignments import AssignExercises, Assignments
from cowork.rooms.chat import SendMessage
from cowork.rooms.meetings import PlanMeeting
from cowork.rooms.review import AddComment, RequestReview
from cowork.rooms.submissions import Graded, HandIn, RecordVerdict, Submissions
from exercises.course import Course
from grader.check import Grader
from tests.support.fake_session import ANA, BEN, CY, HUB, FakeSession
from tests.support.tui import NARROW, NOW, open_practice, screen_text, toast_texts, until, widget_text
from tui.app import FromScratchApp
from tui.widgets.course_tree import CourseTree
from tui.widgets.cowork.composer import Composer
from tui.widgets.cowork.timeline import Timeline


@pytest.fixture
def session() -> FakeSession:
    """A group in which much concerns Ben, who was away."""
    session = FakeSession(BEN)
    session.saw_everything = False
    for member in (ANA, BEN, CY):
        session.add_person(member)
    by = session.by
    by(CY, SendMessage("@Ben, does your mask work?"), "month-3", ago=7_200)
    for number in range(5):
        by(CY, SendMessage(f"More {number}"), "month-3", ago=7_000)
    by(BEN, HandIn("stable-softmax", b"x = 1\ny = 2\n"), ago=6_000)
    id = next(iter(session.rooms["lobby"][Submissions].all))
    by(HUB, RecordVerdict(Graded(id, "failed", checks=5)), ago=5_900)
    by(BEN, RequestReview(id, "Why?"), ago=5_800)
    by(CY, AddComment(id, "This is [b]no[/b] softmax.", line=2), ago=5_000)
    by(ANA, PlanMeeting(session.time + 200_000, title="Attention"), ago=4_000)
    by(ANA, AssignExercises(("gpt-dataset",), "2024-12-05", "UTC"), ago=3_000)
    return session


async def test_what_concerns_me_is_listed_and_leads_there(
    session: Any, root: Path, few: Course, grader: Grader, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = FromScratchApp(root, course=few, grader=grader, clock=lambda: NOW, session=session)
    async with app.run_test(size=NARROW) as pilot:
        await open_practice(pilot)
        await until(pilot, lambda: "Co-work •" in screen_text(app), "the dot")
        await pilot.press("5")
        await until(pilot, lambda: "Cy mentioned you" in widget_text(app, "#news"), "the page opens by itself")
        shown = widget_text(app, "#news")
        for words in (
            "Cy mentioned you", "“@Ben, does your mask work?”", "Cy commented on your Stable softmax, line 2",
            "“This is [b]no[/b] softmax.”", "Ana planned Attention",
            "Ana assigned “A sliding window over a text”", "due on 5 December 2024 (UTC), in 2 days",
        ):  # fmt: skip
            assert words in shown, words
        await until(pilot, lambda: len(session.marked) > 0, "the hub is told")
        assert sum(len(seqs) for marks in session.marked for seqs in marks.values()) == 4
        assert app.cowork.meanwhile.unseen == []
        await pilot.press("end", "enter")
        timeline = app.screen.query_one(Timeline)
        await until(pilot, lambda: timeline.selected is not None, "the message")
        assert timeline.selected is not None and timeline.selected.message == 1
        await pilot.press("h", "end", "up", "enter")
        await until(pilot, lambda: "Next comment" in screen_text(app), "the source")
        assert app.screen.number == 2  # type: ignore[attr-defined]
        await pilot.press("escape", "h", "home", "enter")
        await until(pilot, lambda: app.current_mode == "practice", "the exercise")
        assert app.exercise is not None and app.exercise.id == "gpt-dataset"
        written: list[str] = []
        monkeypatch.setattr(app._driver, "write", written.append)
        session.by(CY, SendMessage("@Ben again"))
        await until(pilot, lambda: "Cy mentioned you in Lobby: “@Ben again”" in toast_texts(app), "a notification")
        assert app.learner.change(notify="terminal") is None and not written, "off by default"
        session.by(CY, SendMessage("@Ben \x1b]0;evil\x07"))
        await until(pilot, lambda: any("\x1b]9;fromscratch: Cy mentioned you" in text for text in written), "outside")
        await pilot.press("5", "c")
        seq = session.by(CY, SendMessage("Look, @Ben"))
        await until(pilot, lambda: {"lobby": [seq]} in session.marked, "a message on the screen counts as seen")
        composer = app.screen.query_one(Composer)
        await pilot.press("w", *"Hi @", "a", "tab", *"and @", "tab")
        assert composer.text == "Hi @Ana and @Ana " and composer.border_subtitle == "Tab: Ben, Cy"
        await pilot.press("tab", "tab")
        assert composer.text == "Hi @Ana and @Cy "
        await pilot.press("x", "tab")
        assert composer.text == "Hi @Ana and @Cy x" and not composer.has_focus, "elsewhere, Tab moves the focus"


async def test_an_organiser_assigns_exercises(root: Path, few: Course, grader: Grader) -> None:
    session: Any = FakeSession(ANA)
    for member in (ANA, BEN):
        session.add_person(member)
    app = FromScratchApp(root, course=few, grader=grader, clock=lambda: NOW, session=session)
    async with app.run_test(size=NARROW) as pilot:
        await open_practice(pilot)
        app.cowork.room_id = "month-3"
        await pilot.press("5", "b", "a")
        await until(pilot, lambda: "Assign exercises" in screen_text(app), "the dialog")
        app.screen.query_one("#due", Input).value = "soon"
        await pilot.press("ctrl+s")
        await until(pilot, lambda: "is not a date" in screen_text(app), "what is wrong")
        app.screen.query_one("#due", Input).value = "2024-12-05"
        app.screen.query_one("#zone", Input).value = "Europe/Berlin"
        await pilot.press("ctrl+s")
        await until(pilot, lambda: "due in 2 days" in widget_text(app, "#board"), "the date")
        (assignment,) = session.rooms["month-3"][Assignments].open()
        assert assignment.zone == "Europe/Berlin" and "0/1" in widget_text(app, "#board")
        title = few.exercise(assignment.exercise).title
        await pilot.press("1")
        await until(pilot, lambda: "due in 2 days" in widget_text(app, "#tree"), "the Course shows it")
        app.screen.query_one(CourseTree).go(few.exercise(assignment.exercise))
        await until(pilot, lambda: "due on 5 December 2024 (Europe/Berlin)," in screen_text(app), title)
        assert '"due":"2024-12-05"' in (app.learner.workspace.state_folder / "due-dates.json").read_text()
        await pilot.press("5", "a")
        await until(pilot, lambda: "(due 2024-12-05)" in screen_text(app), "the dialog")
        await pilot.press("ctrl+x")
        await until(pilot, lambda: "due in" not in widget_text(app, "#board"), "it is withdrawn")
