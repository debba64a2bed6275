"""A client keeps the hubs that it knows, and its unsent commands, between two runs."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import msgspec
import pytest

from cowork.client import command_queue
from cowork.client.command_queue import Outbox
from cowork.client.known_hubs import HUBS, KnownHub, KnownHubs
from cowork.frames import RoomCard
from cowork.refusal import Refusal
from cowork.rooms.chat import RetractMessage, SendMessage
from cowork.rooms.submissions import HandIn

FIRST = KnownHub("aa11", "wss://10.0.0.1:8765", "ab" * 32, "Reading group", "m1", "Ada", [RoomCard("lobby", "Lobby")])
SECOND = KnownHub("bb22", "wss://learn.example.org", "", "Reading room", "m9", "Ada")


def test_hubs_are_remembered_the_last_one_first(tmp_path: Path) -> None:
    hubs = KnownHubs(tmp_path / "home")
    with pytest.raises(Refusal, match="not joined a hub"):
        hubs.find()
    hubs.remember(FIRST)
    hubs.remember(SECOND)
    assert hubs.all() == [SECOND, FIRST]
    hubs.remember(FIRST)
    assert KnownHubs(tmp_path / "home").find() == FIRST
    assert (tmp_path / "home" / HUBS).stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize(
    ("which", "found"), [("reading group", FIRST), ("Reading R", SECOND), ("bb22", SECOND), ("aa", FIRST), ("", FIRST)]
)
def test_a_hub_is_found_by_what_it_is_called(tmp_path: Path, which: str, found: KnownHub) -> None:
    hubs = KnownHubs(tmp_path)
    hubs.remember(SECOND)
    hubs.remember(FIRST)
    assert hubs.find(which) == found


@pytest.mark.parametrize("which", ["reading", "chess"])
def test_what_is_not_clear_is_refused_with_what_there_is(tmp_path: Path, which: str) -> None:
    hubs = KnownHubs(tmp_path)
    hubs.remember(SECOND)
    hubs.remember(FIRST)
    with pytest.raises(Refusal, match=r"Reading group.*Reading room"):
        hubs.find(which)


def test_what_is_known_is_brought_up_to_date_in_its_place(tmp_path: Path) -> None:
    hubs = KnownHubs(tmp_path)
    hubs.remember(SECOND)
    hubs.remember(FIRST)
    hubs.update(msgspec.structs.replace(SECOND, title="Chess"))
    assert [one.title for one in hubs.all()] == ["Reading group", "Chess"]
    hubs.forget(FIRST)
    hubs.update(FIRST)
    assert [one.title for one in hubs.all()] == ["Chess"], "what was forgotten stays forgotten"


def test_a_hub_that_moved_is_still_known_by_its_certificate(tmp_path: Path) -> None:
    hubs = KnownHubs(tmp_path)
    hubs.remember(SECOND)
    hubs.remember(FIRST)
    hubs.move(FIRST, "wss://10.0.0.7:8765")
    assert hubs.find() == msgspec.structs.replace(FIRST, address="wss://10.0.0.7:8765")
    for hub, address in ((FIRST, "ws://10.0.0.7:8765"), (FIRST, "nowhere"), (SECOND, "wss://other.example.org")):
        with pytest.raises(Refusal):
            hubs.move(hub, address)


def test_a_broken_list_is_told_and_kept_aside(tmp_path: Path) -> None:
    (tmp_path / HUBS).write_text("{broken")
    hubs = KnownHubs(tmp_path)
    with pytest.raises(Refusal, match="cannot be read"):
        hubs.find()
    hubs.remember(FIRST)
    assert hubs.all() == [FIRST]
    assert [path.read_text() for path in tmp_path.glob("hubs_*.json")] == ["{broken"]


async def test_what_waits_is_there_again_in_order_for_its_hub(tmp_path: Path) -> None:
    commands = [SendMessage("one"), RetractMessage(3), HandIn("softmax", b"\x00\xff source")]
    mine, other = Outbox(tmp_path / "outbox.db", "aa11"), Outbox(tmp_path / "outbox.db", "bb22")
    assert await mine.open() == [] and await other.open() == []
    kept = [await mine.put("lobby", command) for command in commands]
    await other.put("hall", SendMessage("elsewhere"))
    assert len({one.id for one in kept}) == 3
    await mine.remove(kept[1].id)
    await mine.close()
    again = Outbox(tmp_path / "outbox.db", "aa11")
    assert await again.open() == [kept[0], kept[2]]
    assert [one.command for one in await other.commands()] == [SendMessage("elsewhere")]
    await again.close()
    await other.close()


async def test_what_another_version_left_is_there_without_its_meaning(tmp_path: Path) -> None:
    outbox = Outbox(tmp_path / "outbox.db", "aa11")
    await outbox.open()
    await outbox.put("lobby", SendMessage("one"))
    with sqlite3.connect(tmp_path / "outbox.db") as database:
        database.execute("update outbox set command = ?", (b'{"do":"dance","on":"the table"}',))
    [waiting] = await outbox.commands()
    assert waiting.command is None
    await outbox.close()


async def test_the_outbox_has_an_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(command_queue, "MAX_COMMANDS", 2)
    outbox = Outbox(tmp_path / "outbox.db", "aa11")
    await outbox.open()
    await outbox.put("lobby", SendMessage("one"))
    second = await outbox.put("lobby", SendMessage("two"))
    with pytest.raises(Refusal, match="2 commands are queued"):
        await outbox.put("lobby", SendMessage("three"))
    await outbox.remove(second.id)
    await outbox.put("lobby", SendMessage("three"))
    await outbox.close()


def test_a_hub_that_does_not_know_the_others_yet_hides_none() -> None:
    both = FIRST.with_addresses(["wss://10.0.0.2:8765", "no address"])
    assert both.by_preference == ["wss://10.0.0.1:8765", "wss://10.0.0.2:8765"]
    assert both.with_addresses([FIRST.address]) == both
    moved = msgspec.structs.replace(both, address="wss://10.0.0.2:8765")
    assert moved.by_preference == ["wss://10.0.0.2:8765", "wss://10.0.0.1:8765"]
