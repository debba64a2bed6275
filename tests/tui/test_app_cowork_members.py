"""Tests reviews, devices, invites and bans in the app, with a real hub and a second member."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from textual.widgets import TextArea

from cowork.client.connection import join
from cowork.rooms.chat import Chat, SendMessage
from cowork.rooms.mentoring import AskForChanges, ClaimReview
from cowork.rooms.review import AddComment, RequestReview
from cowork.rooms.submissions import HandIn, Submissions
from tests.support import solutions
from tests.support.tui import SIZES, WIDE, screen_text, toast_texts, until, widget_text

WRONG = solutions.SOFTMAX.replace("dim=dim", "dim=0").encode()


@pytest.mark.parametrize("size", SIZES)
async def test_a_review_line_by_line(two: Any, size: tuple[int, int]) -> None:
    async with two(size) as both:
        pilot, app, ana = both.pilot, both.app, both.ana
        await ana.do("lobby", HandIn("stable-softmax", WRONG))
        await both.until("Ana tried stable-softmax", "#timeline")
        room = app.cowork.room
        assert room is not None
        await ana.do("lobby", RequestReview(next(iter(room[Submissions].all)), "Which dimension?"))
        await pilot.press("v")
        await both.until("Which dimension?", "#reviews")
        await pilot.press("enter")
        await both.until("import torch")
        await pilot.press("down", "c")
        await both.until("Line 2")
        app.screen.query_one(TextArea).text = "This line.\n[b]Why?[/b]"
        await pilot.press("ctrl+s")
        await both.until("┃ Ben: This line.")
        await both.until("┃ [b]Why?[/b]")
        await pilot.press("r")
        await both.until("resolved by Ben")
        await pilot.press("y")
        await both.until("you review it", "#reading-aside")
        await pilot.press("g")
        await both.until("What should change?")
        app.screen.query_one(TextArea).text = "Use [dim]."
        await pilot.press("ctrl+s")
        await both.until("you asked for changes: Use [dim].", "#asks")
        path = app.learner.workspace.path(app.learner.course.exercise("stable-softmax"))
        path.write_text(solutions.SOFTMAX)
        await pilot.press("d")
        if size == WIDE:
            await both.until("left: theirs, right: yours")
        else:
            await until(pilot, lambda: "\n +" in screen_text(app), "one's own lines")


async def test_a_private_request_from_practice_and_its_answer(two: Any) -> None:
    async with two() as both:
        pilot, app, ana = both.pilot, both.app, both.ana
        path = app.learner.workspace.path(app.learner.course.exercise("stable-softmax"))
        path.write_bytes(WRONG)
        await pilot.press("2", "ctrl+y")
        await both.until("Where are you stuck")
        app.screen.query_one(TextArea).text = "Which dimension?"
        await pilot.press("ctrl+t", "ctrl+s")
        events = await ana.events_until("lobby", lambda events: "ReviewRequested" in str(events))
        assert "Which dimension?" not in str(events), "the question is private"
        await pilot.press("5", "v")
        await both.until("nobody has claimed it", "#reviews")
        assert "you stable-softmax just now" in widget_text(app, "#reviews")
        assert app.cowork.room is not None
        [id] = app.cowork.room[Submissions].all
        await ana.do("lobby", ClaimReview(id))
        await ana.do("lobby", AddComment(id, "This [line].", 2))
        await ana.do("lobby", AskForChanges(id, "Use dim."))
        await both.until("Ana asked for changes", "#reviews")
        await pilot.press("enter")
        await both.until("┃ Ana: This [line].")
        shown = widget_text(app, "#asks")
        assert "asks: Which dimension? Ana asked for changes: Use dim." in shown
        assert "next: change your file, then hand it in with ctrl+u in Practice; Ana gets it." in shown
        await pilot.press("x")
        await both.until("Remove what, for good?")
        await pilot.press("enter")
        await both.until("asks: (removed)")


async def test_a_lost_device_is_removed_and_the_hub_is_left(two: Any, tmp_path: Path) -> None:
    async with two() as both:
        pilot, app = both.pilot, both.app
        await pilot.press("ctrl+n")
        await both.until("1 device signs in as you")
        await pilot.press("n")
        await both.until("Run this on your other device")
        invite = app.screen.query_one(TextArea).text.removeprefix("fromscratch join ")
        known = await join(invite, "Ben", tmp_path / "laptop")
        await pilot.press("escape")
        await both.until("2 devices sign in as you")
        assert known.name == "Ben" and "this device" in screen_text(app)
        await pilot.press("down", "x")
        await both.until("Your other devices stay.")
        await pilot.press("y")
        await both.until("1 device signs in as you")
        assert app.cowork.me is not None
        await both.server.hub.ledger.execute(app.cowork.me, "lobby", "c", SendMessage("swordfish"))
        await pilot.press("l")
        await both.until("Leave Study group?")
        await pilot.press("down", "enter")
        await both.until("Leave Study group now?")
        await pilot.press("y")
        await both.until("fromscratch host")
        assert "swordfish" not in str((await both.server.hub.ledger.room("lobby"))[Chat])


async def test_an_organiser_invites_and_bans(two: Any, root: Path) -> None:
    async with two(WIDE, "organiser") as both:
        pilot, app = both.pilot, both.app
        await pilot.press("ctrl+g")
        await both.until("Nobody is stuck.")
        assert "Ana" in widget_text(app, "#members")
        await pilot.press("i")
        await both.until("Create an invite")
        await pilot.press("ctrl+s")
        await both.until("fromscratch+join:")
        await pilot.press("escape", "v")
        await both.until("1 invite can still be used.")
        await pilot.press("x")
        await both.until("Revoke this invite?")
        await pilot.press("y")
        await both.until("0 invites can still be used.")
        await pilot.press("escape", "e")
        await until(pilot, lambda: "cohort-2024-12-03.csv" in toast_texts(app), "the exports")
        assert "Ana" in (root / "cohort" / "cohort-2024-12-03.json").read_text()
        await pilot.press("x")
        await both.until("Ban Ana?")
        await pilot.press("enter")
        await both.until("Ban Ana now?")
        await pilot.press("y")
        await both.until("banned")
