"""Steps of one round trip over PostgreSQL: appended events follow the room's last one, and notifications are sent."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

import psycopg
import pytest

from cowork.hub.ledger import Ledger
from cowork.permissions import Member
from cowork.rooms.base import Event, Room
from cowork.rooms.chat import SendMessage
from cowork.store.notifier import Notifier
from cowork.store.postgres import PostgresStore
from tests.support.stores import message_event, room_store, write_messages
from tests.support.waiting import until

POSTGRES = pytest.mark.xdist_group("postgres")
ANN, BO = Member("ann", "Ann", "member"), Member("bo", "Bo", "member")


@POSTGRES
async def test_events_are_appended_only_after_the_last_one(database: str) -> None:
    async with room_store(database) as one, room_store(database) as other:
        assert await one.append("r", [message_event(1, "ä\u0000"), message_event(2)])
        assert not await other.append("r", [message_event(1)]), "these numbers are taken"
        assert not await other.append("r", [message_event(4)]), "there would be a gap"
        assert not await other.append("nowhere", [message_event(1)])
        assert await other.append("r", [message_event(3, "\U0001f600")])
        texts = [event.fact.text for event in await one.events("r", 0, 9)]
        assert texts == ["ä\u0000", "hello", "\U0001f600"] and await one.last("r") == 3
        async with one.writing("r") as writing:
            assert await writing.since(2) == [message_event(3, "\U0001f600")]


async def test_a_store_that_cannot_append_says_so(location: str) -> None:
    async with room_store(location) as store:
        assert await store.append("r", [message_event(1)]) is store.can_append is store.shared
        assert await store.last("r") == int(store.can_append)


@POSTGRES
async def test_appending_while_a_room_is_locked_waits_and_stores_nothing_twice(database: str) -> None:
    async with room_store(database) as one, room_store(database) as other:
        async with one.writing("r") as writing:
            await writing.add([message_event(1, "first")], [])
            appended = asyncio.create_task(other.append("r", [message_event(1, "second")]))
            await asyncio.sleep(0)
        assert await appended is False
        assert [event.fact.text for event in await one.events("r", 0, 9)] == ["first"]


@POSTGRES
async def test_commands_of_two_hubs_follow_each_other_though_neither_has_read_the_others(
    database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each hub's next command meets a room that has changed: the hub reads the newer events and decides again, without
    locking the room."""
    stored: list[Event[Any]] = []

    def on_events(room: Room, events: Sequence[Event[Any]], own: bool) -> None:
        stored.extend(event for event in events if own)

    async with room_store(database) as first, room_store(database) as second:
        hubs = [Ledger(first, on_events), Ledger(second, on_events)]
        with monkeypatch.context() as without_locks:
            without_locks.setattr(PostgresStore, "writing", None)
            for index in range(6):
                ledger, by = hubs[index % 2], (ANN, BO)[index % 2]
                assert await ledger.execute(by, "r", f"c{index}", SendMessage(f"{index}")) == index + 1
        for ledger in hubs:  # the same command again, also at the hub that has not executed it
            assert await ledger.execute(BO, "r", "c5", SendMessage("5")) == 6
        both = [ledger.execute(ANN, "r", f"d{index}", SendMessage("d")) for index in range(20) for ledger in hubs]
        assert len(set(await asyncio.gather(*both))) == 20, "many at once, each to both hubs"
        texts = [event.fact.text for event in await first.events("r", 0, 99)]
        assert texts == [f"{index}" for index in range(6)] + ["d"] * 20
        assert sorted(event.seq for event in stored) == [*range(1, 27)]


@POSTGRES
async def test_connections_that_broke_while_idle_are_replaced(database: str) -> None:
    async with room_store(database) as one, room_store(database) as other:
        heard: list[str] = []
        other.listen(lambda channel, payload: heard.append(payload))
        assert await one.append("r", [message_event(1)])
        await until(lambda: other.listening)  # type: ignore[attr-defined]
        with psycopg.connect(database, autocommit=True) as connection:
            connection.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() "
                "AND pid <> pg_backend_pid() AND query NOT LIKE 'LISTEN%'"
            )
        assert await one.append("r", [message_event(2)])
        await one.publish("presence", "hello")
        await until(lambda: heard == ["hello"])
        assert await write_messages(one, "third") == [3]


async def test_notifications_that_wait_are_sent_together_in_order_and_repeated_after_a_failure(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("cowork.store.notifier.RETRY_DELAYS", (0.0,))
    sent: list[list[str]] = []
    answers: list[asyncio.Future[None]] = []

    async def send(payloads: Sequence[str]) -> None:
        sent.append(list(payloads))
        answers.append(asyncio.get_running_loop().create_future())
        await answers[-1]

    notifier = Notifier(send)
    notifier.put("moved a")
    await until(lambda: len(sent) == 1)
    said = [asyncio.create_task(notifier.send(payload)) for payload in ("x", "y", "x")]
    await asyncio.sleep(0)
    for payload in ("moved a", "moved b", "moved a"):
        notifier.put(payload)
    answers[0].set_exception(OSError("gone"))
    await until(lambda: len(sent) == 2)
    assert sent == [["moved a"], ["moved a", "x", "y"]], "the second x is a notification of its own"
    answers[1].set_exception(OSError("gone"))
    await until(lambda: len(sent) == 3)
    assert [type(result) for result in await asyncio.gather(*said[:2], return_exceptions=True)] == [OSError] * 2
    assert sent[2] == ["moved a", "x"], "what was put is sent again, what was refused is not"
    answers[2].set_result(None)
    await until(lambda: len(sent) == 4)
    assert sent[3] == ["moved a", "moved b"], "of events stored after the first was sent"
    answers[3].set_result(None)
    await asyncio.gather(said[2], notifier.close())
    assert len(sent) == 4
