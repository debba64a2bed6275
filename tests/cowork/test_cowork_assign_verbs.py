"""`fromscratch cowork assign` and `assignments` with a real hub: input, output and exit codes."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from cowork.frames import RoomCard
from cowork.permissions import HUB
from cowork.rooms.submissions import Graded, HandIn, RecordVerdict, Submissions
from tests.support.cowork_user import User
from tests.support.hub_thread import HubThread, hub_in_thread


def in_days(days: int) -> str:
    """A date in UTC, the room's zone."""
    return f"{datetime.now(UTC) + timedelta(days=days):%Y-%m-%d}"


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[HubThread]:
    with hub_in_thread(tmp_path_factory.mktemp("hub")) as hub:
        hub.run(hub.server.hub.add_room(RoomCard("month-2", "Text data", "month-2")))
        yield hub


def join(hub: HubThread, home: Path, monkeypatch: pytest.MonkeyPatch, name: str, role: str = "member") -> User:
    user = User(home / name, monkeypatch)
    user("join", hub.invite(role), "--name", name, "--no-app")
    return user


def test_an_organiser_assigns_and_everybody_sees_who_has_passed(
    hub: HubThread, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TZ", "UTC")
    tomorrow = in_days(1)
    olga, ada = (join(hub, tmp_path, monkeypatch, *each) for each in (("Olga", "organiser"), ("Ada", "member")))
    assert "Nothing is assigned in Text data." in ada.cowork("assignments", "--room", "text")
    assert f"Assigned 2 exercises in Text data, due on {tomorrow} (UTC)." in olga.cowork(
        "assign", "word-split", "build-vocab", "--due", tomorrow
    )
    passed = hub.run(hub.server.hub.store.members())
    me = next(entry.member for entry in passed if entry.member.name == "Ada")
    ledger = hub.server.hub.ledger
    hub.run(ledger.execute(me, "month-2", "c1", HandIn("word-split", b"x = 1")))
    (id,) = hub.run(ledger.room("month-2"))[Submissions].all
    hub.run(ledger.execute(HUB, "month-2", "v1", RecordVerdict(Graded(id, "passed"))))
    shown = ada.cowork("assignments", "--room", "text")
    assert "due tomorrow" in shown and "1 of 2 passed" in shown and "Ada   1 of 2" in shown
    assert "Dates are days in the time zone UTC." in shown
    data = ada.data("assignments", "--room", "text")
    assert [(each["exercise"], each["days_left"], each["passed"]) for each in data["assignments"]] == [
        ("word-split", 1, 1), ("build-vocab", 1, 0)
    ]  # fmt: skip
    assert {row["name"]: row["passed"] for row in data["members"]} == {"Ada": 1, "Olga": 0}
    board = ada.cowork("board", "--room", "text")
    assert f", due {tomorrow}" in board and "assigned" in board and "1 of 2" in board
    listed = json.loads(ada("list", "--json").stdout)
    due = {each["id"]: each["due"] for month in listed["months"] for each in month["exercises"] if each["due"]}
    expected = {"date": tomorrow, "zone": "UTC", "room": "Text data", "days_left": 1}
    assert due == {"word-split": expected, "build-vocab": expected}, "also offline"
    assert f"due tomorrow: {tomorrow} (UTC)" in ada("list").output
    olga.cowork("assign", "build-vocab", "--due", in_days(9), "--zone", "Asia/Tokyo")
    assert ada.data("assignments", "--room", "text")["assignments"][1]["zone"] == "Asia/Tokyo"
    assert "Withdrew 1 exercise in Text data." in olga.cowork("assign", "build-vocab", "--withdraw")
    assert [each["exercise"] for each in ada.data("assignments", "--room", "text")["assignments"]] == ["word-split"]


def test_wrong_use_says_what_to_do(hub: HubThread, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    zoe = join(hub, tmp_path, monkeypatch, "Zoe")
    assert "Give either --due DATE or --withdraw" in zoe.cowork("assign", "word-split", code=2)
    several = zoe.cowork("assign", "word-split", "stable-softmax", "--due", in_days(9), code=2)
    assert "belong to several months. Name the room with --room" in several
    assert "Only an organiser" in zoe.cowork("assign", "word-split", "--due", in_days(9), code=1)
