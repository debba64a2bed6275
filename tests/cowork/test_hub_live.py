"""A hub and clients over real TLS: what is said reaches all, in order, once."""

from __future__ import annotations

import asyncio
import contextlib
import json
import urllib.request
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from cowork import frames
from cowork.certificates import client_context
from cowork.hub import fanout
from cowork.hub.limits import TokenBucket
from cowork.rooms.chat import MessageSent, SendMessage
from cowork.store.contract import StoreProblem
from tests.support.hub import HubServer


async def test_what_one_says_all_in_the_room_hear(server: HubServer) -> None:
    async with server.join("Ada") as ada, server.join("Bo") as bo:
        await ada.enter("lobby")
        await bo.enter("lobby")
        done = await ada.do("lobby", SendMessage("hello"))
        assert done == frames.Ack(done.id, 1)
        for peer in (ada, bo):
            (event,) = await peer.events_until("lobby", lambda events: len(events) == 1)
            assert event.fact == MessageSent("hello")
            assert (event.seq, event.by, event.name) == (1, ada.member.id, "Ada")


async def test_the_same_command_once_more_is_not_done_twice(server: HubServer) -> None:
    async with server.join("Ada") as ada, server.join("Bo") as bo:
        assert await ada.do("lobby", SendMessage("hello"), "one") == frames.Ack("one", 1)
        assert await ada.do("lobby", SendMessage("hello"), "one") == frames.Ack("one", 1)
        assert await bo.do("lobby", SendMessage("hello"), "one") == frames.Ack("one", 2)  # ids are each client's own


async def test_a_client_goes_on_after_the_last_event_it_has(tmp_path: Path, serve_hub) -> None:
    async with serve_hub(tmp_path) as server, server.join("Ada") as ada:
        for index in range(5):
            await ada.do("lobby", SendMessage(str(index)))
    async with serve_hub(tmp_path) as server, server.sign_in(ada.key) as again:  # the hub was started anew
        assert (await again.enter("lobby", since=2)).seq == 5
        assert [event.fact.text for event in again.events["lobby"]] == ["2", "3", "4"]


async def test_a_long_history_comes_whole_while_people_go_on(
    server: HubServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fanout, "MAX_RECENT_EVENTS", 5)  # what is older is read from the store
    monkeypatch.setattr("cowork.frames.MAX_EVENTS", 7)
    monkeypatch.setattr("cowork.hub.connection.TokenBucket", lambda: TokenBucket(1e9, 1e9))
    async with server.join("Ada") as ada, server.join("Bo") as bo:
        await ada.enter("lobby")
        for index in range(30):
            await ada.do("lobby", SendMessage(f"{index}"))

        async def go_on() -> None:
            for index in range(30, 50):
                await ada.do("lobby", SendMessage(f"{index}"))

        talking = asyncio.create_task(go_on())
        await bo.enter("lobby")
        await talking
        events = await bo.events_until("lobby", lambda events: len(events) >= 50)
        assert [(event.seq, event.fact.text) for event in events] == [(i + 1, f"{i}") for i in range(50)]


@pytest.mark.parametrize("stored", [False, True])
async def test_a_store_that_fails_loses_and_doubles_nothing(
    server: HubServer, monkeypatch: pytest.MonkeyPatch, stored: bool
) -> None:
    """`stored`: the commit was made, and only nobody heard of it."""
    store = server.hub.store
    writing, fails = store.writing, True

    @contextlib.asynccontextmanager
    async def unsure(room: str) -> AsyncIterator[Any]:
        async with writing(room) as one:
            yield one
            if fails and not stored:
                raise StoreProblem("the disk is full")
        if fails:
            raise StoreProblem("the disk is gone")

    async with server.join("Ada") as ada, server.join("Bo") as bo:
        await bo.enter("lobby")
        await ada.do("lobby", SendMessage("before"))
        monkeypatch.setattr(store, "writing", unsure)
        refused = await ada.do("lobby", SendMessage("hello"), "one")
        assert isinstance(refused, frames.Refused) and refused.code == "store"
        fails = False
        assert await ada.do("lobby", SendMessage("hello"), "one") == frames.Ack("one", 2)
        await ada.do("lobby", SendMessage("after"))
        events = await bo.events_until("lobby", lambda events: len(events) >= 3)
        assert [(event.seq, event.fact.text) for event in events] == [(1, "before"), (2, "hello"), (3, "after")]
        assert await store.events("lobby", 0, 10) == events


async def test_whether_it_is_well_can_be_asked(server: HubServer) -> None:
    def ask() -> bytes:
        tls = client_context(server.fingerprint)
        return urllib.request.urlopen(server.address.replace("wss", "https") + "/health", context=tls).read()

    assert json.loads(await asyncio.to_thread(ask))["hub"] == "fromscratch"
