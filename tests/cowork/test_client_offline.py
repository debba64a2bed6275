"""Commands are executed exactly once and in order, although the connection, the hub or the program ends."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from pathlib import Path

import pytest

from cowork.client import command_queue
from cowork.client.command_queue import Done, Queued
from cowork.client.session import Session
from cowork.refusal import Refusal
from cowork.rooms.chat import SendMessage
from cowork.rooms.timer import StartTimer
from cowork.store.sql import Store
from tests.support.cowork_clients import ChangeLog, chat_texts, join_hub, running_session
from tests.support.hub import HubServer
from tests.support.relay import running_relay
from tests.support.waiting import until

Serve = Callable[..., AbstractAsyncContextManager[HubServer]]


async def stored(store: Store, room: str = "lobby") -> list[str]:
    return [event.fact.text for event in await store.events(room, 0, 10_000)]


async def test_what_is_said_without_a_hub_is_said_once_it_is_back(serve_hub: Serve, tmp_path: Path) -> None:
    home = tmp_path / "ada"
    async with serve_hub(tmp_path / "hub") as server:
        known = await join_hub(server, home, "Ada")
        port = int(server.address.rpartition(":")[2])
    async with running_session(known, home) as session:
        await until(lambda: session.state == "offline")
        assert "cannot be reached" in session.message
        for n in range(3):
            assert isinstance(await session.do("lobby", SendMessage(f"message {n}")), Queued)
        assert session.waiting == 3
    async with running_session(known, home) as session:  # the program ended and began again
        await until(lambda: session.waiting == 3)
        await session.do("lobby", SendMessage("message 3"))
        async with serve_hub(tmp_path / "hub", port=port) as server:
            session.reconnect()
            await until(lambda: session.waiting == 0)
            await session.enter("lobby")
            assert chat_texts(session) == [f"message {n}" for n in range(4)] == await stored(server.hub.store)
            assert isinstance(await session.do("lobby", SendMessage("and on")), Done)
    async with serve_hub(tmp_path / "hub", port=port) as server, running_session(known, home, "lobby") as session:
        assert chat_texts(session) == [*(f"message {n}" for n in range(4)), "and on"], "nothing was sent again"


async def test_what_was_stored_but_not_acknowledged_is_not_done_twice(server: HubServer, tmp_path: Path) -> None:
    known = await join_hub(server, tmp_path, "Ada")
    async with (
        running_relay(server) as relay,
        running_session(relay.route_to(known), tmp_path, "lobby") as session,
    ):
        relay.drops_replies = True
        asking = asyncio.create_task(session.do("lobby", SendMessage("once")))
        await until(lambda: server.hub.store.events("lobby", 0, 10), "the message is stored")
        relay.cut()
        assert isinstance(await asking, Queued)
        relay.drops_replies = False
        await until(lambda: session.waiting == 0 and chat_texts(session) == ["once"])
        assert await stored(server.hub.store) == ["once"]


async def test_a_hub_that_falls_silent_holds_nobody_up(
    server: HubServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(command_queue, "ACK_TIMEOUT", 0.05)
    known = await join_hub(server, tmp_path, "Ada")
    async with (
        running_relay(server) as relay,
        running_session(relay.route_to(known), tmp_path, "lobby") as session,
    ):
        relay.drops_replies = True
        assert isinstance(await session.do("lobby", SendMessage("later")), Queued)
        assert session.waiting == 1
        relay.cut()
        relay.drops_replies = False
        await until(lambda: chat_texts(session) == ["later"])


async def test_what_is_refused_later_is_told_and_holds_nothing_up(server: HubServer, tmp_path: Path) -> None:
    known = await join_hub(server, tmp_path, "Ada")
    async with (
        running_relay(server) as relay,
        running_session(relay.route_to(known), tmp_path, "lobby") as session,
    ):
        heard = ChangeLog(session)
        relay.accepts = False
        relay.cut()
        await until(lambda: session.state == "offline")
        assert session.people == {}
        for text, reply in (("one", None), ("to nothing", 99), ("two", None)):
            await session.do("lobby", SendMessage(text, reply))
        await session.do("attic", SendMessage("nowhere"))
        with pytest.raises(Refusal, match="not connected"):
            await session.do("lobby", StartTimer())
        with pytest.raises(Refusal):
            await session.request("invite")
        assert session.waiting == 4
        assert session.queued("lobby") == [SendMessage("one"), SendMessage("to nothing", 99), SendMessage("two")]
        relay.accepts = True
        session.reconnect()
        await until(lambda: session.waiting == 0 and chat_texts(session) == ["one", "two"])
        assert [says.split(".")[0] for says in heard.refusals()] == [
            "There is no message 99 to reply to",
            "This hub has no room 'attic'",
        ]


async def test_more_at_once_than_the_hub_takes_comes_in_order(server: HubServer, tmp_path: Path) -> None:
    known = await join_hub(server, tmp_path, "Ada")
    async with running_session(known, tmp_path, "lobby") as session:
        outcomes = await asyncio.gather(*(session.do("lobby", SendMessage(f"{n}")) for n in range(60)))
        assert all(isinstance(one, Done | Queued) for one in outcomes)
        await until(lambda: session.waiting == 0)
        await until(lambda: chat_texts(session) == [f"{n}" for n in range(60)])


async def test_a_long_history_is_filled_piece_by_piece_through_cuts(server: HubServer, tmp_path: Path) -> None:
    """Each connection breaks off after a while, as that of a client that is too slow: it goes on where it was."""
    known = await join_hub(server, tmp_path, "Ada")
    member = (await server.hub.store.members())[0].member
    await asyncio.gather(
        *(server.hub.ledger.execute(member, "lobby", f"c{n}", SendMessage(f"{n} " + "x" * 900)) for n in range(1_200))
    )
    turns = 0

    async def others() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    async with running_relay(server) as relay:
        relay.reply_limit = 600_000
        async with running_session(relay.route_to(known), tmp_path) as session:
            task = asyncio.create_task(others())
            await until(lambda: session.state == "online")
            entering = asyncio.create_task(session.enter("lobby"))
            await until(lambda: session.rooms.get("lobby") is not None and session.rooms["lobby"].seq == 1_200)
            await asyncio.wait([entering])
            task.cancel()
            assert relay.connections >= 2, "the connection was never cut"
            assert turns > 10, "others had no turn"
            assert chat_texts(session) == [f"{n} " + "x" * 900 for n in range(1_200)]
            relay.reply_limit = None
            relay.cut()
            await until(lambda: session.state != "online")
            await until(lambda: session.state == "online")
            await session.do("lobby", SendMessage("after"))
            await until(lambda: session.rooms["lobby"].seq == 1_201)


@pytest.mark.parametrize("goes_on", [False, True], ids=["older", "older and gone on"])
async def test_a_hub_that_was_put_back_from_a_copy_is_believed(serve_hub: Serve, tmp_path: Path, goes_on: bool) -> None:
    hub, copy, home = tmp_path / "hub", tmp_path / "copy", tmp_path / "ada"
    async with serve_hub(hub) as server:
        known = await join_hub(server, home, "Ada")
        port = int(server.address.rpartition(":")[2])
        async with running_session(known, home, "lobby") as session:
            await session.do("lobby", SendMessage("kept"))
    shutil.copytree(hub, copy)
    session = Session(known, home)
    task = asyncio.create_task(session.run())
    async with serve_hub(hub, port=port) as server:
        await until(lambda: session.state == "online")
        await session.enter("lobby")
        await session.do("lobby", SendMessage("lost"))
        await session.do("lobby", SendMessage("lost as well"))
        await until(lambda: chat_texts(session) == ["kept", "lost", "lost as well"])
    async with serve_hub(copy, port=port) as server:
        member = (await server.hub.store.members())[0].member
        if goes_on:
            for n in range(4):
                await server.hub.ledger.execute(member, "lobby", f"c{n}", SendMessage(f"other {n}"))
        session.reconnect()
        wanted = ["kept", *(f"other {n}" for n in range(4 if goes_on else 0))]
        await until(lambda: chat_texts(session) == wanted)
        await session.do("lobby", SendMessage("and on"))
        await until(lambda: chat_texts(session) == [*wanted, "and on"])
        assert await stored(server.hub.store) == [*wanted, "and on"]
        await session.close()
        await asyncio.wait([task])


async def test_two_programs_of_one_person_share_what_waits(server: HubServer, tmp_path: Path) -> None:
    """The app is offline with words to send; a command sends them on its way; then the app is back and sends too."""
    known = await join_hub(server, tmp_path, "Ada")
    async with running_relay(server) as relay, running_session(relay.route_to(known), tmp_path, "lobby") as app:
        relay.accepts = False
        relay.cut()
        await until(lambda: app.state == "offline")
        for n in range(4):
            await app.do("lobby", SendMessage(f"app {n}"))
        async with running_session(known, tmp_path, "lobby") as command:
            await command.do("lobby", SendMessage("command"))
            await until(lambda: chat_texts(command) == [*(f"app {n}" for n in range(4)), "command"])
        relay.accepts = True
        app.reconnect()
        await until(lambda: app.waiting == 0)
        assert isinstance(await app.do("lobby", SendMessage("app 4")), Done)
        assert await stored(server.hub.store) == [*(f"app {n}" for n in range(4)), "command", "app 4"]
