"""A hub and clients over real TLS: what is said reaches all, in order, once."""

from __future__ import annotations

from pathlib import Path

from hub_kit import Running

from cowork import frames
from cowork.rooms.chat import Said, Say


async def test_what_one_says_all_in_the_room_hear(running: Running) -> None:
    async with running.join("Ada") as ada, running.join("Bo") as bo:
        await ada.enter("lobby")
        await bo.enter("lobby")
        done = await ada.do("lobby", Say("hello"))
        assert done == frames.Ack(done.id, 1)
        for peer in (ada, bo):
            (event,) = await peer.events_until("lobby", lambda events: len(events) == 1)
            assert event.fact == Said("hello")
            assert (event.seq, event.by, event.name) == (1, ada.member.id, "Ada")


async def test_the_same_command_once_more_is_not_done_twice(running: Running) -> None:
    async with running.join("Ada") as ada, running.join("Bo") as bo:
        assert await ada.do("lobby", Say("hello"), "one") == frames.Ack("one", 1)
        assert await ada.do("lobby", Say("hello"), "one") == frames.Ack("one", 1)
        assert await bo.do("lobby", Say("hello"), "one") == frames.Ack("one", 2)  # ids are each client's own


async def test_a_client_goes_on_after_the_last_event_it_has(tmp_path: Path, serve_hub) -> None:
    async with serve_hub(tmp_path) as running, running.join("Ada") as ada:
        for index in range(5):
            await ada.do("lobby", Say(str(index)))
    async with serve_hub(tmp_path) as running, running.sign_in(ada.key) as again:  # the hub was started anew
        assert (await again.enter("lobby", since=2)).seq == 5
        assert [event.fact.text for event in again.events["lobby"]] == ["2", "3", "4"]
