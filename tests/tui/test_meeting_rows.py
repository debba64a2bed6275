"""The rows of the meeting's page, without the app."""

from __future__ import annotations

from datetime import UTC, datetime

from cowork.rooms.meeting_replies import ReplyToMeeting
from cowork.rooms.meeting_series import PlanSeries
from cowork.rooms.meetings import Meetings, PlanMeeting
from cowork.rooms.recurrence import parse_rule
from cowork.rooms.registry import new_room
from tests.support.rooms import ANNA, BEN, ORGA, RoomPair
from tui.widgets.cowork.meeting_rows import about_month, meeting_rows

NOW = datetime(2026, 9, 1, 12, tzinfo=UTC)


def test_a_series_in_the_lobby_is_seen_from_the_months_rooms() -> None:
    lobby = RoomPair(now=NOW.timestamp())
    lobby.do(ORGA, PlanSeries(parse_rule("first thursday"), "2026-09-15T18:30", "Europe/Berlin"))
    first, second, *_ = lobby.client[Meetings].listed()
    month = new_room("m2", "Text data", "month-2")
    text = about_month(month, {"lobby": lobby.client, "m2": month}, NOW)
    assert text.strip() == "This month's meeting is in Room: Thursday 5 November, 17:30."
    assert about_month(lobby.client, {"lobby": lobby.client, "m2": month}, NOW) == ""
    assert about_month(new_room("x", "X", "no-month"), {"lobby": lobby.client}, NOW) == ""

    lobby.do(ANNA, ReplyToMeeting(second.id, "yes"))
    lobby.do(BEN, ReplyToMeeting(second.id, "no"))
    lobby.do(ORGA, PlanMeeting(second.starts + 60, meeting=second.id))
    lobby.do(BEN, ReplyToMeeting(second.id, "perhaps"))
    rows = {row.id: row.content.plain for row in meeting_rows(second, lobby.client[Meetings], BEN.id, NOW)}
    assert "Repeats: first Thursday, moved · meeting 2 of 7; ← → show the others" in rows["head"]
    assert "you: perhaps" in rows["reply"] and "asked again because the meeting moved: Anna" in rows["reply"]
    rows = {row.id: row.content.plain for row in meeting_rows(first, lobby.client[Meetings], ANNA.id, NOW)}
    assert "you have not replied" in rows["reply"] and "moved" not in rows["head"]
