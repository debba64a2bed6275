"""A room as a client follows it: however its events come, it is the hub's room in the end, or it is asked for again."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cowork.client.room_replica import RoomReplica
from cowork.frames import Enter, RoomCard
from cowork.refusal import Refusal
from cowork.rooms.base import Event
from cowork.rooms.chat import Chat, MessageSent


def history(length: int, words: str = "message") -> list[Event[Any]]:
    return [Event(n, float(n), "ada", "Ada", f"c{n}", MessageSent(f"{words} {n}")) for n in range(1, length + 1)]


def texts(followed: RoomReplica) -> list[str]:
    return [one.text for one in followed.room[Chat].messages.values()]


class Hub:
    """Answers `enter` as a hub does."""

    def __init__(self, events: list[Event[Any]]) -> None:
        self.all = events

    def answer(self, followed: RoomReplica, enter: Enter | None) -> None:
        """Sends what was asked for, and what is asked for then, until nothing is."""
        for _ in range(10):
            if enter is None:
                return
            if enter.since > len(self.all):
                enter = followed.restart()
                continue
            _, again = followed.events(self.all[enter.since :])
            enter = again or followed.caught_up(len(self.all))
        raise AssertionError("asked for ever")


@given(st.integers(0, 30), st.data())
def test_pieces_that_overlap_or_are_lost(length: int, data: st.DataObject) -> None:
    hub = Hub(history(length))
    followed = RoomReplica(RoomCard("lobby", "Lobby"))
    hub.answer(followed, followed.enter())
    for _ in range(data.draw(st.integers(0, 6))):
        hub.all = history(len(hub.all) + data.draw(st.integers(0, 3)))
        first = data.draw(st.integers(0, len(hub.all)))
        last = data.draw(st.integers(first, len(hub.all)))
        _, enter = followed.events(hub.all[first:last])
        hub.answer(followed, enter)
        assert texts(followed) == [event.fact.text for event in hub.all[: followed.room.seq]]
    hub.answer(followed, followed.caught_up(len(hub.all)))
    assert followed.ready
    assert texts(followed) == [event.fact.text for event in hub.all]


@given(st.integers(1, 20), st.integers(0, 20), st.integers(0, 20))
def test_another_history_takes_the_place_of_the_one_that_was_lost(mine: int, kept: int, other: int) -> None:
    """The hub was put back from a copy with `kept` events, and has gone on to `other` more."""
    hub = Hub(history(mine))
    followed = RoomReplica(RoomCard("lobby", "Lobby"))
    hub.answer(followed, followed.enter())
    followed.disconnected()
    kept = min(kept, mine)
    hub.all = [*history(mine)[:kept], *history(kept + other, "other")[kept:]]
    hub.answer(followed, followed.enter())
    assert followed.ready
    assert texts(followed) == [event.fact.text for event in hub.all]


def test_a_gap_is_asked_for_once() -> None:
    followed = RoomReplica(RoomCard("lobby", "Lobby"))
    followed.enter()
    followed.events(history(2))
    assert followed.caught_up(2) is None
    new, enter = followed.events(history(6)[4:])
    assert (new, enter) == ([], Enter("lobby", 1))
    assert not followed.ready
    assert followed.events(history(7)[6:]) == ([], None), "it was asked for already"
    new, enter = followed.events(history(7)[1:])
    assert [event.seq for event in new] == [3, 4, 5, 6, 7] and enter is None


async def test_who_enters_waits_for_all_of_it() -> None:
    followed = RoomReplica(RoomCard("lobby", "Lobby"))
    followed.enter()
    waiting = asyncio.create_task(followed.entered())
    followed.events(history(2))
    await asyncio.sleep(0)
    assert not waiting.done()
    followed.caught_up(2)
    await waiting
    await followed.entered()  # at once
    followed.disconnected()
    refused = asyncio.create_task(followed.entered())
    await asyncio.sleep(0)
    followed.finish(Refusal("not allowed", "No."))
    with pytest.raises(Refusal):
        await refused
