"""Tests co-work with a real hub: joining, chatting, handing in, and a hub that stops."""

from __future__ import annotations

from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from cowork.rooms.chat import SendMessage
from cowork.rooms.submissions import HandIn
from exercises.course import Course
from grader.check import Grader
from tests.support import solutions
from tests.support.study_hub import StudyHub, app_in_room, write_message
from tests.support.tui import NARROW, NOW, SIZES, WIDE, open_practice, screen_text, toast_texts, until, widget_text
from tui.app import FromScratchApp
from tui.widgets.cowork.composer import Composer


@pytest.fixture
def study(tmp_path: Path, grader: Grader) -> StudyHub:
    return StudyHub(tmp_path / "hub", grader)


@pytest.mark.parametrize("size", SIZES)
async def test_join_and_chat(root: Path, grader: Grader, few: Course, study: StudyHub, size: tuple[int, int]) -> None:
    async with study.run() as server, app_in_room(root, grader, few, server, size) as pilot, server.join("Ana") as ana:
        app = pilot.app
        await ana.enter("lobby")
        await ana.do("lobby", SendMessage("Does anybody know?\n```\nx = [/INST]\n```\n[red]not red[/red]"))
        await until(pilot, lambda: "[red]not red[/red]" in screen_text(app), "what Ana says, as she wrote it")
        assert "x = [/INST]" in screen_text(app)
        await until(pilot, lambda: "Ana" in widget_text(app, "#people"), "Ana among those here")
        await pilot.press("z", "z")
        assert app.screen.query_one(Composer).text == "" and not app.screen.query_one(Composer).has_focus
        await write_message(pilot, "I do.")
        await until(pilot, lambda: "I do." in widget_text(app, "#timeline"), "one's own words")
        events = await ana.events_until("lobby", lambda events: len(events) >= 2)
        assert [event.fact.text for event in events][-1] == "I do."
        assert app.screen.query_one(Composer).text == ""


async def test_an_invalid_invite_is_reported(root: Path, grader: Grader, few: Course) -> None:
    app = FromScratchApp(root, course=few, grader=grader, clock=lambda: NOW)
    async with app.run_test(size=NARROW) as pilot:
        await open_practice(pilot)
        await pilot.press("5")
        await until(pilot, lambda: "fromscratch host" in screen_text(app), "what co-work is")
        await pilot.press("j", *"nonsense", "enter", *"Ben", "enter")
        await until(pilot, lambda: "This is not an invite" in screen_text(app), "the sentence")


async def test_the_hub_goes_and_comes_back(root: Path, grader: Grader, few: Course, study: StudyHub) -> None:
    async with AsyncExitStack() as ends:
        hub = await ends.enter_async_context(AsyncExitStack())
        server = await hub.enter_async_context(study.run())
        pilot = await ends.enter_async_context(app_in_room(root, grader, few, server))
        app = pilot.app
        await write_message(pilot, "before")
        await until(pilot, lambda: "before" in widget_text(app, "#timeline"), "the first message")
        await hub.aclose()
        await until(pilot, lambda: "offline" in screen_text(app), "that the hub is gone")
        assert "before" in widget_text(app, "#timeline")
        await write_message(pilot, "while it was away")
        await until(pilot, lambda: "offline: 1 waiting" in screen_text(app), "that it waits")
        assert "while it was away" in widget_text(app, "#timeline")
        await ends.enter_async_context(study.run())
        await until(pilot, lambda: "online" in screen_text(app), "the hub")
        await until(pilot, lambda: "waiting" not in screen_text(app), "what waited")
        await until(pilot, lambda: widget_text(app, "#timeline").count("while it was away") == 1, "the message, once")


async def test_a_pass_is_handed_in(root: Path, grader: Grader, few: Course, study: StudyHub) -> None:
    async with study.run() as server, app_in_room(root, grader, few, server, WIDE) as pilot, server.join("Ana") as ana:
        app = pilot.app
        await ana.enter("lobby")
        await ana.enter("month_3_attention")
        practice = await open_practice(pilot, "stable-softmax")
        path = app.learner.workspace.path(practice.exercise)
        path.write_text(solutions.SOFTMAX)
        await until(pilot, lambda: "Hand in Stable softmax?" in screen_text(app), "the question")
        assert "Your source is sent to your group's hub" in screen_text(app)
        await pilot.press("a")
        await until(
            pilot, lambda: "The hub has graded your Stable softmax: it passed." in toast_texts(app), "the hub's verdict"
        )
        assert app.learner.settings.hand_in == "yes"
        await ana.do("lobby", HandIn("stable-softmax", solutions.SOFTMAX.encode() + b"# mine"))
        await until(pilot, lambda: "Ana passed Stable softmax." in toast_texts(app), "the news of Ana")
        await ana.do("lobby", SendMessage("Well done!"))
        await until(pilot, lambda: "Co-work •" in screen_text(app), "the dot")
        await pilot.press("5")
        await until(pilot, lambda: "Ben passed stable-softmax" in widget_text(app, "#timeline"), "the passes")
        await until(pilot, lambda: "── new ── Ana" in widget_text(app, "#timeline"), "where the new begins")
        assert "Co-work •" not in screen_text(app)
        await pilot.press("b")
        await until(pilot, lambda: "Stable softmax" in widget_text(app, "#board"), "the board")
        assert widget_text(app, "#board").count("✓") == 2
        await pilot.press("right", "enter")
        await until(pilot, lambda: "# mine" in screen_text(app), "Ana's solution, as both have passed")
