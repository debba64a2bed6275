"""A store's contract, over SQLite and over PostgreSQL."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cowork.frames import RoomCard
from cowork.rooms.base import Blob
from cowork.rooms.submissions import Graded, HandedIn
from cowork.store.contract import Invite
from cowork.store.sql import Store
from tests.support.stores import message_event, room_store, write_messages


@pytest.fixture
async def store(location: str) -> AsyncIterator[Store]:
    async with room_store(location) as store:
        yield store


async def test_rooms_come_in_the_order_they_were_made_and_each_once(store: Store) -> None:
    assert await store.add_room(RoomCard("b", "Second", "month_02"))
    assert await store.add_room(RoomCard("a", "Third"))
    assert not await store.add_room(RoomCard("b", "Other"))
    assert await store.rooms() == [RoomCard("r", "Room"), RoomCard("b", "Second", "month_02"), RoomCard("a", "Third")]


async def test_what_was_written_is_read_again_by_another_too(location: str) -> None:
    events = [message_event(1, "ä\u0001 \U0001f600"), message_event(2, "x" * 40_000)]
    events.append(message_event(3, "\n"))
    async with room_store(location) as one, room_store(location) as other:
        async with one.writing("r") as writing:
            await writing.add(events, [Blob("k", bytes(range(256)))])
        for store in (one, other):
            assert await store.events("r", 0, 100) == events
            assert await store.events("r", 1, 1) == events[1:2]
            assert await store.events("r", 3, 100) == []
            assert await store.last("r") == 3
            assert await store.blob("r", "k") == bytes(range(256))
    async with room_store(location) as later:
        assert await later.events("r", 0, 100) == events
        async with later.writing("r") as writing:
            assert await writing.since(1) == events[1:]
            assert await writing.since(3) == []


async def test_a_room_knows_nothing_of_another(store: Store) -> None:
    await store.add_room(RoomCard("q", "Other"))
    await write_messages(store, "a", blobs=(Blob("k", b"1"),))
    assert await store.events("q", 0, 9) == []
    assert await store.last("q") == 0
    assert await store.blob("q", "k") is None
    async with store.writing("q") as writing:
        assert await writing.done("anna", "c") is None
        await writing.add([message_event(1)], [Blob("k", b"2")])
    assert (await store.blob("r", "k"), await store.blob("q", "k")) == (b"1", b"2")


async def test_an_unknown_room_is_not_written_to(store: Store) -> None:
    with pytest.raises(LookupError):
        async with store.writing("nowhere"):
            pass
    assert await store.last("nowhere") == 0


async def test_a_command_that_was_done_is_found_with_its_last_event(store: Store) -> None:
    await write_messages(store, "one", "two", command="first")
    async with store.writing("r") as writing:
        assert await writing.done("anna", "first") == 2
        assert await writing.done("ben", "first") is None
        assert await writing.done("anna", "second") is None
        await writing.add([message_event(3, command="second")], [])
        assert await writing.done("anna", "second") == 3


@pytest.mark.parametrize("seqs", [(3,), (1,), (2, 4), (2, 2), (0,)])
async def test_events_that_leave_a_gap_or_double_one_are_not_stored(store: Store, seqs: tuple[int, ...]) -> None:
    await write_messages(store, "first")
    with pytest.raises(ValueError):
        async with store.writing("r") as writing:
            await writing.add([message_event(seq) for seq in seqs], [Blob("k", b"1")])
    assert [event.seq for event in await store.events("r", 0, 9)] == [1]
    assert await store.blob("r", "k") is None
    assert await write_messages(store, "second") == [2]


async def test_what_is_raised_inside_takes_all_back(store: Store) -> None:
    async def fails() -> None:
        async with store.writing("r") as writing:
            await writing.add([message_event(1)], [Blob("k", b"1")])
            await writing.add([message_event(2)], [])
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await fails()
    assert await store.last("r") == 0
    assert await store.events("r", 0, 9) == []
    assert await store.blob("r", "k") is None
    assert await write_messages(store, "first") == [1]


Plan = list[tuple[int, int, str]]  # (which store, how many events, how it ends)
plans = st.lists(
    st.tuples(st.integers(0, 1), st.integers(1, 3), st.sampled_from(["well", "well", "raises", "cancelled"])),
    min_size=1, max_size=8,
)  # fmt: skip


@given(plan=plans, pause=st.integers(0, 15))
@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_writers_at_once_leave_no_gap_and_no_duplicate(location: str, plan: Plan, pause: int) -> None:
    """Two hubs write to one room; some of it fails, some is cancelled: each writing is there whole or not at all."""

    async def writer(store: Store, name: str, count: int, how: str) -> None:
        async with store.writing(room) as writing:
            last = len(await writing.since(0))
            await writing.add(
                [message_event(last + 1 + i, f"{name}.{i}", name) for i in range(count)], [Blob(name, b"1")]
            )
            if how == "raises":
                raise ZeroDivisionError

    async def scenario() -> None:
        async with room_store(location) as one, room_store(location) as other:
            assert await one.add_room(RoomCard(room, "Room"))
            tasks = [
                asyncio.create_task(writer((one, other)[which], f"w{i}", count, how))
                for i, (which, count, how) in enumerate(plan)
            ]
            await asyncio.sleep(pause / 1_000)  # so that it is cancelled at any of its steps
            for task, (_, _, how) in zip(tasks, plan, strict=True):
                if how == "cancelled":
                    task.cancel()
            async with asyncio.timeout(60):
                await asyncio.gather(*tasks, return_exceptions=True)
            events = await other.events(room, 0, 1_000)
            assert [event.seq for event in events] == [*range(1, len(events) + 1)]
            assert await one.last(room) == len(events)
            for i, ((_, count, how), task) in enumerate(zip(plan, tasks, strict=True)):
                texts = [event.fact.text for event in events if event.command == f"w{i}"]
                whole = [f"w{i}.{n}" for n in range(count)]
                assert texts in ([whole, []] if how == "cancelled" else [whole] if how == "well" else [[]])
                assert texts or task.cancelled() or how == "raises"
                assert (await one.blob(room, f"w{i}") is not None) == bool(texts)

    room = f"room {time.monotonic_ns()}"
    asyncio.run(scenario())


async def test_people_are_found_by_their_key_and_changed(store: Store) -> None:
    await store.add_invite(Invite("digest", "guest", 2_000.0, 2, ("r", "q"), "orga"))
    anna = await store.enrol("digest", "Anna", "key a", 1_000.0)
    ben = await store.enrol("digest", "Ben", "key b", 1_001.0)
    assert anna is not None and ben is not None and anna.member.id != ben.member.id
    assert (anna.member.role, anna.member.rooms, anna.since, anna.gone) == ("guest", ("r", "q"), 1_000.0, False)
    assert await store.members() == [anna, ben]
    assert await store.by_key("key b") == ben
    assert await store.by_key("key c") is None
    assert await store.change_member(ben.member.id, role="member")
    assert await store.change_member(ben.member.id, gone=True)
    assert not await store.change_member("nobody", gone=True)
    changed = await store.by_key("key b")
    assert changed is not None and changed.gone and changed.member.role == "member" and changed.member.name == "Ben"
    assert await store.by_key("key a") == anna


async def test_an_invite_is_used_as_often_as_it_says_and_not_when_it_is_over(store: Store) -> None:
    await store.add_invite(Invite("once", "member", 2_000.0, 1))
    assert await store.enrol("unknown", "Anna", "key a", 1_000.0) is None
    assert await store.enrol("once", "Anna", "key a", 2_000.0) is None, "expired"
    anna = await store.enrol("once", "Anna", "key a", 1_000.0)
    assert anna is not None
    assert await store.enrol("once", "Ben", "key b", 1_000.0) is None, "used up"
    assert await store.enrol("once", "Other", "key a", 1_000.0) == anna, "the same device is who it was"
    assert await store.members() == [anna]


async def test_invites_at_once_are_not_used_more_often_than_they_may_be(location: str) -> None:
    async with room_store(location) as one, room_store(location) as other:
        await one.add_invite(Invite("five", "member", 2_000.0, 5))
        asked = [(one, other)[i % 2].enrol("five", f"P{i}", f"key {i}", 1_000.0) for i in range(12)]
        got = await asyncio.gather(*asked)
        assert sum(one is not None for one in got) == 5 == len(await one.members())
        await one.add_invite(Invite("two", "member", 2_000.0, 2))
        same = await asyncio.gather(*((one, other)[i % 2].enrol("two", "Same", "same", 1_000.0) for i in range(6)))
        assert len({enrolled.member.id for enrolled in same if enrolled}) == 1 and None not in same
        assert await one.enrol("two", "Next", "next", 1_000.0) is not None, "one device used one"
        assert await one.enrol("two", "Last", "last", 1_000.0) is None


async def test_settings_are_kept_and_made_once(location: str) -> None:
    async with room_store(location) as one, room_store(location) as other:
        assert await one.get("title") is None
        await one.put("title", "A")
        await other.put("title", "B")
        assert await one.get("title") == "B"
        ids = await asyncio.gather(*((one, other)[i % 2].setdefault("id", str(i)) for i in range(6)))
        assert len(set(ids)) == 1
        assert await one.setdefault("title", "C") == "B"
    async with room_store(location) as later:
        assert await later.get("id") == ids[0]


async def test_facts_of_all_kinds_come_back_as_they_were(store: Store) -> None:
    facts = [HandedIn("s", "e", "d"), Graded("s", "failed", "No.", "It doubles.", "twice", "scores", 2, 5)]
    async with store.writing("r") as writing:
        await writing.add([type(message_event(1))(i + 1, 1.0, "a", "A", "c", fact) for i, fact in enumerate(facts)], [])
    assert [event.fact for event in await store.events("r", 0, 9)] == facts


async def test_many_may_read_at_once(store: Store) -> None:
    async with asyncio.timeout(20):
        assert await asyncio.gather(*(store.last("r") for _ in range(300))) == [0] * 300
