"""Hubs receive what others write or publish, and find lost notifications by polling."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator

import psycopg
import pytest

from cowork.frames import RoomCard
from cowork.store.contract import StoreProblem
from cowork.store.postgres import MAX_PAYLOAD, PostgresStore
from cowork.store.sql import Store
from tests.support.postgres import PostgresServer
from tests.support.stores import message_event, room_store, write_messages
from tests.support.waiting import until

POSTGRES = pytest.mark.xdist_group("postgres")


@contextlib.asynccontextmanager
async def following(store: Store) -> AsyncIterator[list[str]]:
    """The rooms that moved, as they come; begins once the first look is over."""
    moved: list[str] = []
    look = asyncio.Event()

    async def follow() -> None:
        async for room in store.changes():
            moved.append(room)
            look.set()

    await write_messages(store, "so that there is something to see")
    task = asyncio.create_task(follow())
    async with asyncio.timeout(20):
        await look.wait()
    assert moved == ["r"]
    moved.clear()
    try:
        yield moved
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


async def test_looking_finds_what_nobody_said(location: str) -> None:
    async with room_store(location, poll=0.05) as one, room_store(location) as other:
        if isinstance(one, PostgresStore):
            assert one.listener is not None
            one.listener.cancel()
        async with following(one) as moved:
            await other.add_room(RoomCard("q", "Other"))
            await write_messages(other, "a", "b")
            await until(lambda: "r" in moved)
            assert set(moved) == {"r"}, "nothing happened in the other room"


async def test_listeners_hear_what_is_published_in_order_until_they_stop(location: str) -> None:
    heard: list[tuple[str, str]] = []
    also: list[tuple[str, str]] = []

    def fails(channel: str, payload: str) -> None:
        raise ZeroDivisionError

    async def slow(channel: str, payload: str) -> None:
        await asyncio.sleep(0)
        also.append((channel, payload))

    async with room_store(location) as store:
        store.listen(fails)
        stop = store.listen(lambda channel, payload: heard.append((channel, payload)))
        store.listen(slow)
        words = [("presence", '{"a": "ü\\n"}'), ("b", ""), ("c", "x" * MAX_PAYLOAD), ("d", "two\nlines said 1")]
        for channel, payload in words:
            await store.publish(channel, payload)
        await until(lambda: len(also) == len(words))
        assert heard == also == words
        stop()
        stop()
        await store.publish("e", "")
        await until(lambda: len(also) == len(words) + 1)
        assert heard == words


@POSTGRES
async def test_hubs_hear_of_each_other_at_once_and_not_of_themselves(database: str) -> None:
    heard: list[tuple[str, str]] = []
    async with room_store(database) as one, room_store(database) as other:
        one.listen(lambda channel, payload: heard.append((channel, payload)))
        async with following(one) as moved:
            await write_messages(one, "own")
            await write_messages(other, "others")
            await until(lambda: moved == ["r"])
            with pytest.raises(ZeroDivisionError):
                async with other.writing("r"):
                    raise ZeroDivisionError
            await other.publish("presence", "hello")
            await until(lambda: heard == [("presence", "hello")])
            assert moved == ["r"], "what was not stored is not told"


@POSTGRES
async def test_a_hub_whose_ear_was_cut_off_hears_again_and_looks_at_once(database: str) -> None:
    async with room_store(database) as one, room_store(database) as other, following(one) as moved:
        with psycopg.connect(database, autocommit=True) as connection:
            cut = connection.execute(
                "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity "
                "WHERE datname = current_database() AND query LIKE 'LISTEN%'"
            ).fetchone()
        assert cut == (2,)
        await write_messages(other, "said while nobody heard")
        await until(lambda: moved == ["r"])
        await until(lambda: one.listening and other.listening)
        await write_messages(other, "said to all")
        await until(lambda: moved == ["r", "r"])


@POSTGRES
async def test_a_hub_that_stands_still_does_not_keep_the_room(database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        "cowork.store.postgres.TIMEOUTS", "-c idle_in_transaction_session_timeout=300 -c lock_timeout=9s"
    )

    async def stands_still(store: Store) -> None:
        async with store.writing("r") as writing:
            await writing.add([message_event(1, "too late")], [])
            has_it.set()
            await go_on.wait()

    has_it, go_on = asyncio.Event(), asyncio.Event()
    async with room_store(database) as one, room_store(database) as other:
        still = asyncio.create_task(stands_still(one))
        await asyncio.wait_for(has_it.wait(), 20)
        assert await write_messages(other, "in time") == [1]
        go_on.set()
        with pytest.raises(StoreProblem):
            await still
        assert [event.fact.text for event in await one.events("r", 0, 9)] == ["in time"]
        assert await write_messages(one, "again") == [2]


@POSTGRES
async def test_hubs_outlive_their_database(database: str, postgres_server: PostgresServer) -> None:
    async with room_store(database) as one, room_store(database) as other, following(one) as moved:
        postgres_server.stop()
        try:
            with pytest.raises(Exception, match="cannot be reached"):
                await write_messages(other, "lost")
            with pytest.raises(Exception, match="cannot be reached"):
                await one.last("r")
        finally:
            postgres_server.start()
        assert await write_messages(other, "kept") == [2]
        await until(lambda: "r" in moved)
        await until(lambda: one.listening)
        moved.clear()
        await write_messages(other, "heard")
        await until(lambda: "r" in moved)
        assert [event.fact.text for event in await one.events("r", 1, 9)] == ["kept", "heard"]
