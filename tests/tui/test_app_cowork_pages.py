"""Tests the Co-work pages with a real hub and a second member."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

from textual.widgets import Checkbox, Input, TextArea

from cowork.rooms.chat import Chat, SendMessage
from cowork.rooms.meeting_notes import WriteNotes
from cowork.rooms.meetings import Meetings, PlanMeeting
from cowork.rooms.reactions import AddReaction
from cowork.rooms.submissions import HandIn
from tests.support import solutions
from tests.support.tui import NARROW, WIDE, toast_texts, until, widget_text
from tui.widgets.cowork.timeline import Timeline

WRONG = solutions.SOFTMAX.replace("dim=dim", "dim=0").encode()


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
        await both.until("Will you come? Our meeting")
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
        await both.until("is not a valid rule")
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
