"""Tests the page of the league: what it lists, where its keys work, and how members leave it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from cowork.rooms.league import League, Raced, RecordRace
from cowork.rooms.submissions import Graded, HandIn, RecordVerdict, Submissions
from exercises.course import Course
from grader.check import Grader
from grader.race_result import Ratio
from tests.support.fake_session import BEN, CY, HUB, FakeSession
from tests.support.tui import NOW, SIZES, open_practice, screen_text, until, widget_text
from tui.app import FromScratchApp

MEMORY = Ratio(0.5, 0.4, 0.6)


def race(session: FakeSession, member: Any, median: float, memory: Ratio | None = MEMORY) -> None:
    session.by(member, HandIn("kv-cache", f"# {member.name}\n".encode()))
    id = [*session.rooms["lobby"][Submissions].all][-1]
    session.by(HUB, RecordVerdict(Graded(id, "passed", passed_checks=5, checks=5)))
    session.by(HUB, RecordRace(Raced(id, Ratio(median, median - 0.01, median + 0.01), memory)))


@pytest.mark.parametrize("size", SIZES)
async def test_members_compare_and_leave(root: Path, course: Course, grader: Grader, size: tuple[int, int]) -> None:
    session: Any = FakeSession(BEN)
    app = FromScratchApp(root, course=course, grader=grader, clock=lambda: NOW, session=session)
    async with app.run_test(size=size) as pilot:
        await open_practice(pilot)
        await pilot.press("5", "l")
        await until(pilot, lambda: "Nothing has been raced" in widget_text(app, "#league-none"), "the empty page")
        shown = screen_text(app)
        assert "Read" not in shown and "Do not list me" in shown
        race(session, CY, 0.62)
        await until(pilot, lambda: "Cy" in widget_text(app, "#league"), "the first entry")
        assert "Read" not in screen_text(app), "Ben has not passed this exercise"
        race(session, BEN, 0.8)
        await until(pilot, lambda: "Ben (you)" in widget_text(app, "#league"), "both entries")
        assert widget_text(app, "#league").split("cache ")[1] == (
            "1. Cy time 0.62 (0.61–0.63) memory 0.50 (0.40–0.60) "
            "2. Ben (you) time 0.80 (0.79–0.81) memory 0.50 (0.40–0.60)"
        )
        await until(pilot, lambda: "Enter Read" in " ".join(screen_text(app).split()), "the key of the source")
        await pilot.press("enter")
        await until(pilot, lambda: "# Cy" in screen_text(app), "the source")
        await pilot.press("escape", "p", "down", "enter", "l")  # the entries of other rooms follow the room's own
        await until(pilot, lambda: "The key-value cache Lobby" in widget_text(app, "#league"), "the Lobby's entries")
        await pilot.press("enter")
        await until(pilot, lambda: "# Cy" in screen_text(app), "the source")
        await pilot.press("escape", "x")
        await until(pilot, lambda: "List me" in screen_text(app), "the way back")
        unlisted = [room[League].unlisted for room in session.rooms.values()]
        await until(pilot, lambda: all(BEN.id in members for members in unlisted), "it holds in all rooms")
        await until(pilot, lambda: "Ben" not in widget_text(app, "#league"), "the entry is hidden")
        assert "You are not listed" in screen_text(app)
        await pilot.press("x")
        await until(pilot, lambda: "Ben (you)" in widget_text(app, "#league"), "listed again")
        await until(pilot, lambda: not any(unlisted), "it holds in all rooms")
