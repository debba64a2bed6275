"""`fromscratch cowork meanwhile` with a real hub: seen once by a person, on all their devices."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from cowork.frames import RoomCard
from cowork.rooms.chat import SendMessage
from tests.support.cowork_user import User
from tests.support.hub import HubServer
from tests.support.hub_thread import HubThread, hub_in_thread
from tests.support.stores import room_store


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[HubThread]:
    with hub_in_thread(tmp_path_factory.mktemp("hub"), rooms=("lobby", "attic")) as hub:
        yield hub


def test_each_thing_is_shown_once_to_a_person(hub: HubThread, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ada, ben = User(tmp_path / "ada", monkeypatch), User(tmp_path / "ben", monkeypatch)
    ada("join", hub.invite("member"), "--name", "Ada Lovelace", "--no-app")
    ben("join", hub.invite("member"), "--name", "Ben", "--no-app")
    assert "There is nothing new for you." in ada.cowork("meanwhile")
    ben.cowork("say", "--room", "attic", "@ada lovelace: \x1b[31m[b]look[/b]")
    ben.cowork("say", "@Ada is somebody else")
    laptop = User(tmp_path / "laptop", monkeypatch)
    link = ada.data("link")["invite"]
    laptop("join", link, "--name", "Ada Lovelace", "--no-app")
    shown = laptop.cowork("meanwhile", "--keep")
    assert "Ben mentioned you in Attic: “@ada lovelace: [b]look[/b]”" in shown and "\x1b" not in shown
    assert "fromscratch cowork read --since 0 --room attic" in shown
    (news,) = ada.data("meanwhile")["news"]
    assert (news["kind"], news["room"], news["page"], news["target"]) == ("mention", "attic", "chat", 1)
    assert ada.data("meanwhile")["news"] == [] and laptop.data("meanwhile")["news"] == [], "seen on both devices"
    assert "look" in ada.cowork("read", "--room", "attic")


async def test_marks_are_kept_in_both_databases(location: str) -> None:
    async with room_store(location) as store:
        await store.mark_seen("ada", {"r": [3, 1, 3], "other": [7]}, 1_000.0)
        await store.mark_seen("ada", {"r": [3, 4]}, 2_000.0)
        await store.mark_seen("ben", {"r": [9]}, 2_000.0)
        assert await store.seen("ada") == {"r": [1, 3, 4], "other": [7]}
        await store.mark_seen("ada", {}, 1_500.0 + 90 * 86_400)
        assert await store.seen("ada") == {"r": [4]}, "old marks are not kept for ever"
        assert await store.seen("ben") == {"r": [9]}


async def test_a_guest_learns_the_names_of_their_rooms_only(server: HubServer) -> None:
    async with server.join("Ada") as ada, server.join("Gus", "guest", ("lobby",)) as gus:
        await server.hub.add_room(RoomCard("attic", "Attic"))
        async with server.join("Eve", "guest", ("attic",)):
            for peer, expected in ((gus, {"Ada": [], "Gus": ["lobby"]}),
                                   (ada, {"Ada": [], "Eve": ["attic"], "Gus": ["lobby"]})):  # fmt: skip
                members = await peer.request("room members")
                assert {each["name"]: each["rooms"] for each in members} == expected
        await ada.do("lobby", SendMessage("@Gus"))
        assert await gus.request("mark seen", seqs={"lobby": [1, 2, 10**6], "attic": [1]}) is None
        assert await gus.request("seen") == {"lobby": [1]}, "only events that exist, in rooms that they may enter"
        assert (await gus.request("mark seen", seqs={"lobby": [0]})).code == "data"
