"""Tests the sidebar of the Co-work mode with many rooms and people."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot

from cowork.frames import MemberStatus, RoomCard
from cowork.permissions import Member
from cowork.rooms.chat import SendMessage
from cowork.rooms.registry import new_room
from exercises.course import Course
from grader.check import Grader
from tests.support.fake_session import BEN, FakeSession
from tests.support.tui import NARROW, NOW, SIZES, open_practice, screen_text, until
from tui.app import FromScratchApp

OWN = ("Reading club", "Papers of the week, and what we make of them", "読書会と論文と実装と質問と雑談の部屋", "Music")


@pytest.fixture
def session() -> FakeSession:
    """A hub with more people than lines, so that a scrollbar takes some of the width."""
    session = FakeSession()
    for number in range(30):
        name = f"Member {number}"
        session.add_person(Member(f"m{number}", name, "member"), MemberStatus("standardize-columns", 3, 5))
    return session


def app_with(session: Any, root: Path, few: Course, grader: Grader) -> FromScratchApp:
    return FromScratchApp(root, course=few, grader=grader, clock=lambda: NOW, session=session)


def rows(app: FromScratchApp) -> list[str]:
    """Returns the lines of the list of rooms without its border."""
    region = app.screen.query_one("#rooms").region
    lines = app.screen._compositor.render_strips()[region.y : region.bottom]
    cut = ["".join(segment.text for segment in strip.crop(region.x, region.right)).rstrip(" │") for strip in lines]
    return cut[: cut.index("")] if "" in cut else cut


async def shown(pilot: Pilot[Any]) -> FromScratchApp:
    """Opens the Co-work mode with all messages read."""
    app = pilot.app
    assert isinstance(app, FromScratchApp)
    await open_practice(pilot)
    for room in app.cowork.rooms.values():
        app.cowork.read.initialize(room.id, room.seq)
    await pilot.press("5", "escape")
    await until(pilot, lambda: "Here (30)" in screen_text(app), "who is here")
    return app


@pytest.mark.parametrize("size", SIZES)
async def test_each_room_has_a_line(
    session: FakeSession, root: Path, few: Course, grader: Grader, size: tuple[int, int]
) -> None:
    app = app_with(session, root, few, grader)
    async with app.run_test(size=size) as pilot:
        await shown(pilot)
        for room in ("month-1", "break", "month-6"):
            for number in range(11):
                session.by(BEN, SendMessage(f"message {number}"), room=room)
        await until(pilot, lambda: sum(row.endswith(" 11") for row in rows(app)) == 3, "what is new in them")
        lines = rows(app)
        assert len(lines) == len(session.cards)
        for line, card in zip(lines, session.cards, strict=True):
            name = line[2:].removesuffix(" 11")
            assert name == card.title or (name.endswith("…") and card.title.startswith(name[:-1]) and len(name) > 12)
        assert lines[0].startswith("▸ Lobby")
        assert any("standardize-col" in line and " 3/5" in line for line in screen_text(app).splitlines())
        await pilot.press("p", "end", "enter")
        last = session.cards[-1].title
        await until(pilot, lambda: rows(app)[-1].startswith(f"▸ {last}"), "the last room")
        assert screen_text(app).lstrip().startswith(last)


@pytest.mark.parametrize("height", [15, 24])
async def test_more_rooms_than_lines(
    session: FakeSession, root: Path, few: Course, grader: Grader, height: int
) -> None:
    for number, title in enumerate(OWN * 3):
        session.cards.append(RoomCard(f"own-{number}", title))
        session.rooms[f"own-{number}"] = new_room(f"own-{number}", title, None)
    app = app_with(session, root, few, grader)
    async with app.run_test(size=(NARROW[0], height)) as pilot:
        await shown(pilot)
        for card in session.cards:
            session.by(BEN, SendMessage("And here."), room=card.id)
        await pilot.press("p", "end")
        await until(pilot, lambda: "Music" in rows(app)[-1], "the last room")
        assert all(row.rstrip("▁▂▃▄▅▆▇█ ").endswith(" 1") for row in rows(app)), rows(app)
