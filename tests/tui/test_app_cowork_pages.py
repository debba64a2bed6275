"""Tests the Co-work pages with a real hub and a second member."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot
from textual.widgets import Checkbox, Input, TextArea

from cowork.rooms.chat import Chat, SendMessage
from cowork.rooms.meeting_notes import WriteNotes
from cowork.rooms.meetings import Meetings, PlanMeeting
from cowork.rooms.mentoring import AskForChanges, ClaimReview
from cowork.rooms.reactions import AddReaction
from cowork.rooms.review import AddComment, RequestReview
from cowork.rooms.submissions import HandIn, Submissions
from exercises.course import Course
from grader.check import Grader
from tests.support import solutions
from tests.support.hub import HubServer, Peer
from tests.support.study_hub import StudyHub, app_in_room
from tests.support.tui import NARROW, SIZES, WIDE, screen_text, toast_texts, until, widget_text
from tui.app import FromScratchApp
from tui.widgets.cowork.timeline import Timeline

WRONG = solutions.SOFTMAX.replace("dim=dim", "dim=0").encode()


@dataclass
class Two:
    """The app of Ben, and Ana, whose client speaks the protocol directly."""

    pilot: Pilot[Any]
    ana: Peer
    server: HubServer

    @property
    def app(self) -> FromScratchApp:
        app = self.pilot.app
        assert isinstance(app, FromScratchApp)
        return app

    async def until(self, words: str, selector: str = "") -> None:
        """Waits until the screen, or a widget, shows a text."""
        await until(
            self.pilot, lambda: words in (widget_text(self.app, selector) if selector else screen_text(self.app)), words
        )


@pytest.fixture
def two(root: Path, grader: Grader, few: Course, tmp_path: Path) -> Any:
    @asynccontextmanager
    async def enter(size: tuple[int, int] = NARROW, role: Any = "member") -> AsyncIterator[Two]:
        study = StudyHub(tmp_path / "hub", grader)
        async with (
            study.run() as server,
            app_in_room(root, grader, few, server, size, role) as pilot,
            server.join("Ana", "organiser") as ana,
        ):
            await ana.enter("lobby")
            await pilot.press("escape")
            yield Two(pilot, ana, server)

    return enter


async def test_replies_reactions_search_and_removal(two: Any) -> None:
    async with two() as both:
        pilot, app = both.pilot, both.app
        await both.ana.do("lobby", SendMessage("Who has the mask?"))
        await both.until("Who has the mask?")
        await pilot.press("up", "r", *"I have", "enter")
        await both.until("│ Ana: Who has the mask?")
        room = app.cowork.room
        assert room is not None
        mine = [*room[Chat].messages.values()][-1]
        assert mine.reply_to is not None
        await both.ana.do("lobby", AddReaction(mine.seq, "bravo"))
        await both.until("🎉 1", "#timeline")
        await pilot.press("escape", "up", "e")
        await both.until("Choose a reaction")
        await pilot.press("3")
        await until(pilot, lambda: "🙏 1" in widget_text(app, "#timeline"), "one's own sign")
        await pilot.press("slash", *"mask")
        await until(pilot, lambda: "I have" not in widget_text(app, "#timeline"), "what was found")
        assert "Who has the mask?" in widget_text(app, "#timeline")
        await pilot.press("escape", "escape", "end", "x")
        await both.until("(removed)", "#timeline")


async def test_code_is_written_in_several_lines(two: Any) -> None:
    async with two() as both:
        await both.pilot.press("w", *"Look:", "ctrl+t", *"x = 1", "enter", *"y = 2", "ctrl+t", *"Well?", "enter")
        await both.until("▎ y = 2", "#timeline")
        events = await both.ana.events_until("lobby", lambda events: bool(events))
        assert events[-1].fact.text == "Look:\n```\nx = 1\ny = 2\n```\nWell?"


async def test_older_messages_load_when_scrolling_up(two: Any) -> None:
    async with two() as both:
        pilot, app = both.pilot, both.app
        for i in range(260):
            await both.server.hub.ledger.execute(both.ana.member, "lobby", f"c{i}", SendMessage(f"message {i:03}"))
        await both.until("message 259", "#timeline")
        stream = app.screen.query_one(Timeline)
        await pilot.press("2", "5", "escape", "p", "down", "enter", "escape", "p", "up", "enter")
        await until(pilot, lambda: 200 < stream.option_count < 210, "the last of them")
        await pilot.press("escape", "up", "home")
        await until(pilot, lambda: stream.option_count > 260, "all of them")


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
        assert "asks: Which dimension? Ana asked for changes: Use dim." in widget_text(app, "#asks")
        await pilot.press("x")
        await both.until("Remove which text")
        await pilot.press("enter")
        await both.until("asks: (removed)")


async def test_an_input_that_breaks_it(two: Any) -> None:
    async with two(WIDE) as both:
        pilot, app, ana = both.pilot, both.app, both.ana
        await ana.do("lobby", HandIn("stable-softmax", WRONG))
        await both.until("Ana tried stable-softmax", "#timeline")
        await pilot.press("k", "enter")
        await both.until("Break Ana's stable-softmax")
        await until(pilot, lambda: bool(app.screen.query(Input)), "the form")
        app.screen.query(Input).first().value = "99"
        await pilot.press("ctrl+s")
        await both.until("must be an integer from")
        app.screen.query(Input).first().value = "3"
        await pilot.press("ctrl+s")
        await both.until("Broken! The smallest input that breaks it:")
        await pilot.press("escape")
        await both.until("Ben", "#who-broke")


async def test_a_meeting(two: Any, root: Path) -> None:
    async with two(WIDE) as both:
        pilot, app, ana = both.pilot, both.app, both.ana
        await pilot.press("m")
        await both.until("No meeting is planned")
        await ana.do("lobby", PlanMeeting(app.cowork.now() + 60, 60, "here", "Our meeting", ("Talk",)))
        await both.until("Our meeting")
        await pilot.press("y")
        await both.until("Ben (you)")
        await pilot.press("w")
        await both.until("Do you come? Our meeting")
        await pilot.press("down", "enter")
        await both.until("you: perhaps", "#meeting")
        await pilot.press("a")
        await both.until("A question for the meeting")
        app.screen.query_one(TextArea).text = "Why attention?"
        await pilot.press("ctrl+s")
        await both.until("Why attention?", "#meeting")
        await pilot.press("i")
        await both.until("A key insight")
        app.screen.query_one(TextArea).text = "It is a sum."
        await pilot.press("ctrl+s")
        await both.until("★ It is a sum.", "#meeting")
        await pilot.press("n")
        await both.until("ctrl+s saves for everyone")
        await pilot.press(*"mine")
        room = app.cowork.room
        assert room is not None
        meeting = next(iter(room[Meetings].all.values()))
        await ana.do("lobby", WriteNotes(meeting.id, 0, "theirs"))
        await both.until("Ana has saved a new version")
        await pilot.press("ctrl+s")
        await until(pilot, lambda: "Ana has changed the notes" in toast_texts(app), "that it is stale")
        await pilot.press("ctrl+t", "ctrl+s", "escape")
        await until(pilot, lambda: sorted(meeting.notes.split()) == ["mine", "theirs"], "both")
        await until(pilot, lambda: not app.screen.is_modal, "the page")
        await pilot.press("e")
        await until(pilot, lambda: ".ics" in toast_texts(app), "where it is written")
        written = {path.suffix: path.read_text() for path in (root / "meetings").iterdir()}
        assert "Why attention?" in written[".md"]
        assert "SUMMARY:Our meeting" in written[".ics"]


async def test_an_organiser_plans_meetings_that_repeat(two: Any) -> None:
    async with two(NARROW, "organiser") as both:
        pilot, app = both.pilot, both.app
        await pilot.press("m", "o")
        await both.until("Plan meetings")
        await enter(pilot, repeats="daily", zone="Europe/Berlin")
        await both.until("is no rule of repetition")
        assert app.screen.query_one("#close").region.bottom < 24  # everything fits
        soon = f"{datetime.fromtimestamp(app.cowork.now() + 86_400):%Y-%m-%d} 18:00"
        await enter(pilot, when=soon, repeats="2 weeks", times="3", title="Owls")
        await both.until("Owls: Introduction and setup", "#meeting")
        await both.until("Repeats: every 2 weeks · meeting 1 of 3", "#meeting")
        await pilot.press("right")
        await both.until("Owls: Text data and tokenizers", "#meeting")
        await pilot.press("o")
        await both.until("Edit the meeting")
        assert app.screen.query_one("#cancel-following").region.bottom < 24
        app.screen.query_one("#following", Checkbox).value = True
        await enter(pilot, place="Room 2")
        room = app.cowork.room
        assert room is not None
        meetings = list(room[Meetings].all.values())
        await until(pilot, lambda: [m.place for m in meetings] == ["", "Room 2", "Room 2"], "the places")
        await pilot.press("o")
        await both.until("Edit the meeting")
        await pilot.click("#cancel-meeting")
        await until(pilot, lambda: meetings[1].cancelled, "one is cancelled")
        await both.until("Owls: Introduction and setup", "#meeting")
        await pilot.press("o")
        await both.until("Edit the meeting")
        await enter(pilot, repeats="last day")
        await until(pilot, lambda: len(room[Meetings].all) == 5, "others in their place")
        assert [m.title for m in room[Meetings].listed()] == [m.title for m in (meetings[0], meetings[1])]


async def enter(pilot: Any, **values: str) -> None:
    for name, value in values.items():
        pilot.app.screen.query_one(f"#{name}", Input).value = value
    await pilot.press("ctrl+s")


async def test_the_timer_is_shared(two: Any) -> None:
    async with two() as both:
        await both.pilot.press("f")
        await both.until("Minutes of focus")
        await both.pilot.press("enter")
        await both.until("focus 1/4")
        await both.ana.events_until("lobby", lambda events: "TimerStarted" in str(events))
        await both.pilot.press("f")
        await both.until("Ben started the timer.")
        await both.pilot.press("enter")
        await both.until("paused 1/4")


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
        await pilot.press("y")
        await both.until("banned")
