"""Meetings that repeat: their rules and times, changes of a series, and replies to each of its meetings."""

from __future__ import annotations

import itertools
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from cowork.refusal import Refusal
from cowork.rooms.live_meeting import CloseMeeting, StartMeeting
from cowork.rooms.meeting_replies import ReplyToMeeting, describe_replies
from cowork.rooms.meeting_series import ChangeSeries, CutSeries, PlanSeries
from cowork.rooms.meeting_state import Meeting
from cowork.rooms.meetings import CancelMeeting, Meetings, PlanMeeting, agenda_of
from cowork.rooms.recurrence import Rule, parse_rule, start_times
from cowork.time_zones import local_zone
from exercises.load import load_course
from tests.support.rooms import ANNA, BEN, GUEST, ORGA, RoomPair

NOW = datetime(2026, 9, 1, tzinfo=UTC).timestamp()
NEW_YORK = ZoneInfo("America/New_York")


@pytest.fixture
def pair() -> RoomPair:
    return RoomPair(now=NOW)


def plan(pair: RoomPair, rule: str = "first thursday", **fields: Any) -> list[Meeting]:
    command = PlanSeries(parse_rule(rule), "2026-09-15T18:30", "America/New_York", **fields)
    fact = pair.do(ORGA, command)[-1]
    return pair.client[Meetings].of_series(fact.series)


def refused(pair: RoomPair, by: Any, command: Any) -> Refusal:
    before = pair.hub.seq
    with pytest.raises(Refusal) as caught:
        pair.do(by, command)
    assert pair.hub.seq == before
    return caught.value


@pytest.mark.parametrize(
    ("text", "dates"),
    [
        ("first Thursday", ["2026-10-01", "2026-11-05", "2026-12-03"]),
        ("the 3rd tue of each month", ["2026-09-15", "2026-10-20", "2026-11-17"]),
        ("last Friday", ["2026-09-25", "2026-10-30", "2026-11-27"]),
        ("day 15", ["2026-09-15", "2026-10-15", "2026-11-15"]),
        ("day 3", ["2026-10-03", "2026-11-03", "2026-12-03"]),
        ("last day", ["2026-09-30", "2026-10-31", "2026-11-30"]),
        ("every week", ["2026-09-15", "2026-09-22", "2026-09-29"]),
        ("2 weeks", ["2026-09-15", "2026-09-29", "2026-10-13"]),
    ],
)
def test_rules(text: str, dates: list[str]) -> None:
    rule = parse_rule(text)
    rule.check()
    assert parse_rule(rule.text()) == rule
    found = rule.dates(date(2026, 9, 15))
    assert [next(found).isoformat() for _ in dates] == dates


@pytest.mark.parametrize("text", ["", "daily", "day 29", "fifth monday", "53 weeks", "0 weeks", "first x", "monthly"])
def test_what_is_no_rule(text: str) -> None:
    with pytest.raises(Refusal, match="first Thursday"):
        parse_rule(text)


def test_the_time_of_day_stays_when_the_clocks_change() -> None:
    times = start_times(parse_rule("2 weeks"), datetime(2026, 10, 20, 18, 30), NEW_YORK, 3)
    local = [datetime.fromtimestamp(at, NEW_YORK) for at in times]
    assert {f"{time:%H:%M}" for time in local} == {"18:30"}
    assert [(b - a) / 86_400 for a, b in itertools.pairwise(times)] == [14 + 1 / 24, 14]
    skipped = start_times(parse_rule("every week"), datetime(2027, 3, 7, 2, 30), NEW_YORK, 2)
    assert f"{datetime.fromtimestamp(skipped[1], NEW_YORK):%d %H:%M}" == "14 03:30"  # 02:30 does not exist that day


def test_a_series_follows_the_outline(pair: RoomPair) -> None:
    meetings = plan(pair, title="Owls")
    months = [month for month in load_course().months if month.offset is not None]
    assert [(m.title, m.agenda, m.month) for m in meetings] == [
        (f"Owls: {month.title}", month.agenda, month.id) for month in months
    ]
    assert [datetime.fromtimestamp(m.starts, NEW_YORK).isoformat()[:16] for m in meetings][:2] == [
        "2026-10-01T18:30", "2026-11-05T18:30",
    ]  # fmt: skip
    assert pair.client[Meetings].next(NOW) is meetings[0]
    longer = plan(pair, month="month-6", times=3)
    assert [m.month for m in longer] == ["month-6", None, None]
    assert (longer[1].title, longer[1].agenda) == ("Meeting: Room", agenda_of(None))
    same = plan(pair, agenda=("Talk",), times=2)
    assert [(m.agenda, m.month) for m in same] == [(("Talk",), "month-1"), (("Talk",), "month-2")]


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"zone": "Mars/Base"}, "input"),
        ({"zone": "../etc/passwd"}, "input"),
        ({"first": "tomorrow"}, "input"),
        ({"first": "9999-12-30T10:00"}, "input"),
        ({"first": "1999-12-30T10:00"}, "input"),
        ({"rule": Rule(weeks=52), "times": 60}, "input"),
        ({"times": 61}, "input"),
        ({"times": 0}, "input"),
        ({"rule": Rule()}, "input"),
        ({"rule": Rule(weeks=1, day=3)}, "input"),
        ({"rule": Rule(nth=5, weekday=9)}, "input"),
        ({"rule": Rule(day=31)}, "input"),
        ({"month": "month-99"}, "input"),
        ({"minutes": 1}, "input"),
        ({"replaces": "none"}, "unknown"),
        ({"agenda": ("x",) * 31}, "too large"),
    ],
)
def test_invalid_series_are_refused(pair: RoomPair, fields: Any, code: str) -> None:
    valid = {"rule": Rule(day=1), "first": "2026-09-15T18:30", "zone": "UTC"}
    assert refused(pair, ORGA, PlanSeries(**{**valid, **fields})).code == code


def test_only_organisers_change_a_series(pair: RoomPair) -> None:
    meeting = plan(pair)[0]
    valid = PlanSeries(Rule(day=1), "2026-09-15T18:30", "UTC")
    for command in (valid, CutSeries(meeting.id), ChangeSeries(meeting.id, 60, "")):
        assert refused(pair, ANNA, command).code == "not allowed"
    single = pair.do(ORGA, PlanMeeting(NOW + 60))[0].meeting
    assert "does not repeat" in refused(pair, ORGA, CutSeries(single)).says


def test_a_series_is_cut_changed_and_replaced(pair: RoomPair) -> None:
    meetings = plan(pair, place="Room 1", title="Owls")
    pair.do(ORGA, StartMeeting(meetings[0].id))
    pair.do(ORGA, CloseMeeting(meetings[0].id))
    pair.do(ORGA, ChangeSeries(meetings[0].id, 45, "Room 2"))
    assert [(m.minutes, m.place, m.revision) for m in meetings[:2]] == [(90, "Room 1", 0), (45, "Room 2", 1)]
    assert pair.do(ORGA, ChangeSeries(meetings[0].id, 45, "Room 2")) == []
    pair.do(ORGA, CancelMeeting(meetings[1].id))
    later = plan(pair, "last monday", replaces=meetings[1].id)
    assert [m.cancelled for m in meetings] == [False, *[True] * (len(meetings) - 1)]
    assert [m.month for m in later] == [m.month for m in meetings[2:]]  # the cancelled month was not held
    assert {(m.title.partition(":")[0], m.minutes, m.place) for m in later} == {("Owls", 45, "Room 2")}
    pair.do(ORGA, CutSeries(later[-1].id))
    assert [m.cancelled for m in later] == [*[False] * (len(later) - 1), True]
    assert pair.do(ORGA, CutSeries(later[-1].id)) == []
    assert pair.client[Meetings].listed() == [later[0], meetings[0], *later[1:-1]]


def test_each_meeting_of_a_series_has_its_replies(pair: RoomPair) -> None:
    first, second, *_ = plan(pair)
    pair.do(ANNA, ReplyToMeeting(first.id, "yes"))
    pair.do(GUEST, ReplyToMeeting(first.id, "perhaps"))
    assert pair.do(GUEST, ReplyToMeeting(first.id, "perhaps")) == []
    pair.do(BEN, ReplyToMeeting(first.id, "yes"))
    pair.do(BEN, ReplyToMeeting(first.id, "no"))
    assert describe_replies(first) == "1 comes (Anna), 1 perhaps (Gus), 1 does not (Ben)"
    assert describe_replies(second) == ""
    pair.do(ORGA, PlanMeeting(first.starts + 3600, meeting=first.id))
    assert describe_replies(first) == "asked again because the meeting moved: Anna, Ben, Gus"
    pair.do(ANNA, ReplyToMeeting(first.id, "yes"))
    assert describe_replies(first) == "1 comes (Anna), asked again because the meeting moved: Ben, Gus"
    pair.do(ORGA, CancelMeeting(first.id))
    assert refused(pair, ANNA, ReplyToMeeting(first.id, "no")).code == "over"


def test_the_zone_of_this_machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", ":Europe/Paris")
    assert local_zone() == "Europe/Paris"
    monkeypatch.setenv("TZ", "no zone")
    (tmp_path / "zoneinfo" / "Asia").mkdir(parents=True)
    (tmp_path / "zoneinfo" / "Asia" / "Tokyo").touch()
    (tmp_path / "localtime").symlink_to(tmp_path / "zoneinfo" / "Asia" / "Tokyo")
    assert local_zone(tmp_path / "localtime", tmp_path / "none") == "Asia/Tokyo"
    (tmp_path / "timezone").write_text("Africa/Cairo\n")
    assert local_zone(tmp_path / "none", tmp_path / "timezone") == "Africa/Cairo"
    assert local_zone(tmp_path / "none", tmp_path / "none") == "UTC"
