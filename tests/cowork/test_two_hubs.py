"""Hubs over one store: what one stores all hear, in one order, once; what is done twice happens once."""

from __future__ import annotations

import asyncio
import shutil
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg
import pytest

from cowork import certificates, frames, invites
from cowork.client.connection import join
from cowork.hub.ledger import Ledger
from cowork.permissions import HUB, Member
from cowork.rooms.base import Event, Room
from cowork.rooms.chat import Chat, SendMessage
from cowork.rooms.departure import MemberLeft
from cowork.store.sql import Store
from tests.support.cowork_clients import chat_texts, join_hub, running_session
from tests.support.hub import Peer, Serve
from tests.support.stores import NO_POLLING, room_store
from tests.support.waiting import until

POSTGRES = pytest.mark.xdist_group("postgres")
PEOPLE = [Member(f"p{i}", f"P{i}", "member") for i in range(4)]


@dataclass
class Half:
    """As much of a hub as follows its store."""

    store: Store
    heard: list[Event[Any]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.ledger = Ledger(self.store, self.on_events)

    def on_events(self, room: Room, events: Sequence[Event[Any]], own: bool) -> None:
        self.heard += events

    async def follow(self) -> None:
        async for room in self.store.changes():
            await self.ledger.catch_up(room)

    async def say(self, by: Member, id: str) -> int:
        return await self.ledger.execute(by, "r", id, SendMessage(f"{by.id} {id}"))


@asynccontextmanager
async def hubs(location: str, count: int, poll: float) -> AsyncIterator[list[Half]]:
    async with AsyncExitStack() as ends:
        halves = [Half(await ends.enter_async_context(room_store(location, poll))) for _ in range(count)]
        for half in halves:
            await half.ledger.room("r")
        follow = [asyncio.create_task(half.follow()) for half in halves]
        try:
            yield halves
        finally:
            for task in follow:
                task.cancel()
            await asyncio.gather(*follow, return_exceptions=True)
            for half in halves:
                await half.ledger.close()


async def all_say(halves: list[Half], count: int = 20) -> None:
    """Everybody says so many things at once, each to all hubs with the same ids, as after a connection was cut."""
    said = [half.say(by, f"c{i}") for i in range(count) for by in PEOPLE for half in halves]
    seqs = await asyncio.gather(*said)
    assert len(set(seqs)) == count * len(PEOPLE), "the same asked of another hub is the same event"


def are_one(halves: list[Half]) -> bool:
    """Whether all have heard everything; all that was heard is in order, without a gap and without a duplicate."""
    for half in halves:
        assert [event.seq for event in half.heard] == [*range(1, len(half.heard) + 1)]
        assert len({(event.by, event.command) for event in half.heard}) == len(half.heard)
    return all(half.heard == halves[0].heard for half in halves)


@POSTGRES
async def test_hubs_tell_each_other_at_once(database: str) -> None:
    async with hubs(database, 3, poll=NO_POLLING) as halves:
        await all_say(halves)
        await until(lambda: are_one(halves) and len(halves[0].heard) == 80)
        await halves[0].say(PEOPLE[0], "last")
        await until(lambda: are_one(halves) and len(halves[2].heard) == 81)


async def test_hubs_that_hear_nothing_find_out_by_looking(location: str) -> None:
    async with hubs(location, 2, poll=0.05) as halves:
        for half in halves:
            for task in [half.store.listener] if half.store.shared else []:  # type: ignore[attr-defined]
                task.cancel()
        await all_say(halves, 5)
        await until(lambda: are_one(halves) and len(halves[0].heard) == 20)


@POSTGRES
async def test_hubs_lose_nothing_while_their_connections_break(database: str) -> None:
    async with hubs(database, 2, poll=NO_POLLING) as halves:

        async def cut() -> None:
            with psycopg.connect(database, autocommit=True) as connection:
                for _ in range(3):
                    connection.execute(
                        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                        "WHERE datname = current_database() AND pid <> pg_backend_pid()"
                    )
                    await asyncio.sleep(0.05)

        async def insist(half: Half, by: Member, id: str) -> None:
            while True:
                with suppress(Exception):
                    await half.say(by, id)
                    return
                await asyncio.sleep(0.01)

        said = [insist(half, by, f"c{i}") for i in range(20) for by, half in zip(PEOPLE, halves * 2, strict=True)]
        await asyncio.gather(cut(), *said)
        await until(lambda: are_one(halves) and len(halves[0].heard) == 80)


@POSTGRES
async def test_people_on_two_hubs_are_in_one_room(database: str, tmp_path: Path, serve_hub: Serve) -> None:
    async with (
        serve_hub(tmp_path / "one", location=database) as one,
        serve_hub(tmp_path / "other", location=database) as other,
        one.join("Ada") as ada,
        other.join("Bo") as bo,
    ):
        assert one.hub.id == other.hub.id
        for peer in (ada, bo):
            await peer.enter("lobby")
        await ada.until(frames.Present, lambda present: any(one.name == "Bo" for one in present.people))
        await bo.until(frames.Present, lambda present: any(one.name == "Ada" for one in present.people))

        async def talk(peer: Peer) -> None:
            for i in range(10):
                await peer.do("lobby", SendMessage(f"{i}"))

        await asyncio.gather(talk(ada), talk(bo))
        heard = [await peer.events_until("lobby", lambda events: len(events) >= 20) for peer in (ada, bo)]
        assert heard[0] == heard[1] and [event.seq for event in heard[0]] == [*range(1, 21)]
        async with other.sign_in(ada.key) as again:  # the first hub is out of reach, so the client asks the other
            first = next(event for event in heard[0] if event.by == ada.member.id)
            assert await again.do("lobby", SendMessage("0"), first.command) == frames.Ack(first.command, first.seq)


@POSTGRES
async def test_who_is_shut_out_at_one_hub_is_shut_out_at_the_other(
    database: str, tmp_path: Path, serve_hub: Serve
) -> None:
    async with (
        serve_hub(tmp_path / "one", location=database) as one,
        serve_hub(tmp_path / "other", location=database) as other,
        one.join("Orga", "organiser") as orga,
        other.join("Bo") as bo,
    ):
        await orga.request("change member", member=bo.member.id, gone=True)
        refused = await bo.until(frames.Refused)
        assert refused.code == "gone"


@POSTGRES
async def test_a_member_moves_to_the_other_hub_when_theirs_is_gone(
    database: str, tmp_path: Path, serve_hub: Serve
) -> None:
    async with AsyncExitStack() as ends, AsyncExitStack() as first:
        one = await first.enter_async_context(serve_hub(tmp_path / "one", location=database))
        (tmp_path / "two").mkdir()
        shutil.copy(tmp_path / "one" / certificates.FILE_NAME, tmp_path / "two")  # the hubs are one identity
        two = await ends.enter_async_context(serve_hub(tmp_path / "two", location=database))
        assert two.hub.addresses == [two.address, one.address]
        known = await join_hub(two, tmp_path / "ann", "Ann")
        assert known.addresses == [two.address, one.address]
        ann = await ends.enter_async_context(running_session(known, tmp_path / "ann", "lobby"))
        bo = await ends.enter_async_context(
            running_session(await join_hub(one, tmp_path / "bo", "Bo"), tmp_path / "bo", "lobby")
        )
        await one.hub._register()  # as each hub does from time to time
        await until(lambda: two.address in bo.known.addresses, "Bo knows the second hub")
        await bo.do("lobby", SendMessage("before"))
        await first.aclose()
        await until(lambda: bo.state == "online" and bo.known.address == two.address, "Bo is at the second hub")
        await bo.do("lobby", SendMessage("after"))
        await until(lambda: chat_texts(ann) == ["before", "after"] == chat_texts(bo), "both have both messages")


@POSTGRES
async def test_an_invite_leads_to_a_hub_that_can_be_reached(database: str, tmp_path: Path, serve_hub: Serve) -> None:
    async with AsyncExitStack() as first:
        one = await first.enter_async_context(serve_hub(tmp_path / "one", location=database))
        (tmp_path / "two").mkdir()
        shutil.copy(tmp_path / "one" / certificates.FILE_NAME, tmp_path / "two")
        async with serve_hub(tmp_path / "two", location=database) as two:
            await one.hub._register()
            made, invite = invites.create(one.hub.addresses, one.fingerprint, "member", time.time())
            await one.hub.store.add_invite(invite)
            assert invites.parse(made.text()).addresses == [one.address, two.address]
            await first.aclose()
            assert (await join(made.text(), "Cy", tmp_path / "cy")).address == two.address


async def test_a_member_is_forgotten_on_all_hubs(location: str) -> None:
    """One hub forgets; the other, which follows the store, builds the room again, in order and without a gap."""
    async with hubs(location, 2, 0.05) as halves:
        await all_say(halves, 3)
        await halves[0].ledger.execute(HUB, "r", "left", MemberLeft("p0", forget=True))
        await until(lambda: are_one(halves))
        rooms = [half.ledger._states["r"] for half in halves]
        await until(lambda: all("P0" not in str(state.room) for state in rooms))  # built again beside the old one
        for state in rooms:
            texts = [message.text for message in state.room[Chat].messages.values()]
            assert len(texts) == 12 and texts.count("") == 3
        assert await halves[0].ledger.room("r") == await halves[1].ledger.room("r")
        await all_say(halves, 1)
        await until(lambda: are_one(halves))
