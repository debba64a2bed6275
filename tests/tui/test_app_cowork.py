"""Tests co-work with a real hub: joining, chatting, handing in, and a hub that stops."""

from __future__ import annotations

from contextlib import AsyncExitStack
from pathlib import Path

import pytest
import solutions
from cowork_hub import Study, inside, write
from tui_helpers import NARROW, NOW, SIZES, WIDE, pane, started, text, toasts, until

from cowork.rooms.chat import SendMessage
from cowork.rooms.submissions import HandIn
from exercises.course import Course
from grader.check import Grader
from tui.app import FromScratchApp
from tui.widgets.cowork.composer import Composer


@pytest.fixture
def study(tmp_path: Path, grader: Grader) -> Study:
    return Study(tmp_path / "hub", grader)


@pytest.mark.parametrize("size", SIZES)
async def test_join_and_chat(root: Path, grader: Grader, few: Course, study: Study, size: tuple[int, int]) -> None:
    async with study.runs() as running, inside(root, grader, few, running, size) as pilot, running.join("Ana") as ana:
        app = pilot.app
        await ana.enter("lobby")
        await ana.do("lobby", SendMessage("Does anybody know?\n```\nx = [/INST]\n```\n[red]not red[/red]"))
        await until(pilot, lambda: "[red]not red[/red]" in text(app), "what Ana says, as she wrote it")
        assert "x = [/INST]" in text(app)
        await until(pilot, lambda: "Ana" in pane(app, "#people"), "Ana among those here")
        await write(pilot, "I do.")
        await until(pilot, lambda: "I do." in pane(app, "#timeline"), "one's own words")
        events = await ana.events_until("lobby", lambda events: len(events) >= 2)
        assert [event.fact.text for event in events][-1] == "I do."
        assert app.screen.query_one(Composer).text == ""


async def test_an_invalid_invite_is_reported(root: Path, grader: Grader, few: Course) -> None:
    app = FromScratchApp(root, course=few, grader=grader, clock=lambda: NOW)
    async with app.run_test(size=NARROW) as pilot:
        await started(pilot)
        await pilot.press("5")
        await until(pilot, lambda: "fromscratch host" in text(app), "what co-work is")
        await pilot.press("j", *"nonsense", "enter", *"Ben", "enter")
        await until(pilot, lambda: "This is no invite" in text(app), "the sentence")


async def test_the_hub_goes_and_comes_back(root: Path, grader: Grader, few: Course, study: Study) -> None:
    async with AsyncExitStack() as ends:
        hub = await ends.enter_async_context(AsyncExitStack())
        running = await hub.enter_async_context(study.runs())
        pilot = await ends.enter_async_context(inside(root, grader, few, running))
        app = pilot.app
        await write(pilot, "before")
        await until(pilot, lambda: "before" in pane(app, "#timeline"), "the first message")
        await hub.aclose()
        await until(pilot, lambda: "offline" in text(app), "that the hub is gone")
        assert "before" in pane(app, "#timeline")
        await write(pilot, "while it was away")
        await until(pilot, lambda: "offline: 1 waiting" in text(app), "that it waits")
        assert "while it was away" in pane(app, "#timeline")
        await ends.enter_async_context(study.runs())
        await until(pilot, lambda: "online" in text(app), "the hub")
        await until(pilot, lambda: "waiting" not in text(app), "what waited")
        await until(pilot, lambda: pane(app, "#timeline").count("while it was away") == 1, "the message, once")


async def test_a_pass_is_handed_in(root: Path, grader: Grader, few: Course, study: Study) -> None:
    async with study.runs() as running, inside(root, grader, few, running, WIDE) as pilot, running.join("Ana") as ana:
        app = pilot.app
        await ana.enter("lobby")
        await ana.enter("month_3_attention")
        practice = await started(pilot, "stable-softmax")
        path = app.learner.workspace.path(practice.exercise)
        path.write_text(solutions.SOFTMAX)
        await until(pilot, lambda: "Hand in Stable softmax?" in text(app), "the question")
        assert "Your source is sent to your group's hub" in text(app)
        await pilot.press("a")
        await until(
            pilot, lambda: "The hub has graded your stable-softmax: it passed." in toasts(app), "the hub's verdict"
        )
        assert app.learner.settings.hand_in == "yes"
        await ana.do("lobby", HandIn("stable-softmax", solutions.SOFTMAX.encode() + b"# mine"))
        await until(pilot, lambda: "Ana passed stable-softmax." in toasts(app), "the news of Ana")
        await ana.do("lobby", SendMessage("Well done!"))
        await until(pilot, lambda: "Co-work •" in text(app), "the dot")
        await pilot.press("5", "escape")
        await until(pilot, lambda: "Ben passed stable-softmax" in pane(app, "#timeline"), "the passes")
        await until(pilot, lambda: "── new ── Ana" in pane(app, "#timeline"), "where the new begins")
        assert "Co-work •" not in text(app)
        await pilot.press("b")
        await until(pilot, lambda: "Stable softmax" in pane(app, "#board"), "the board")
        assert pane(app, "#board").count("✓") == 2
        await pilot.press("right", "enter")
        await until(pilot, lambda: "# mine" in text(app), "Ana's solution, as both have passed")
