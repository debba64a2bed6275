"""Messages and sources that are taken back are removed from the store, from later history and from search."""

from __future__ import annotations

import pytest
from sqlalchemy import text

from cowork import frames
from cowork.frames import Refused
from cowork.permissions import HUB
from cowork.rooms.chat import Chat, RetractMessage, SendMessage
from cowork.rooms.submissions import Graded, HandIn, RecordVerdict, RemoveSource, SourceQuery, Submissions
from tests.support.hub import HubServer, Peer
from tests.support.stores import room_store

SECRET = "the-password-is-swordfish"


async def stored(server: HubServer) -> str:
    """Everything that the store holds of the lobby."""
    async with server.hub.store._connected() as connection:
        events = (await connection.execute(text("SELECT event FROM events"))).rows
        blobs = (await connection.execute(text("SELECT data FROM blobs"))).rows
    return "\n".join([*(row.event for row in events), *(bytes(row.data).decode() for row in blobs)])


async def history(peer: Peer) -> str:
    await peer.enter("lobby")
    return "\n".join(str(event) for event in peer.events.get("lobby", []))


@pytest.mark.parametrize("at_once", [True, False])
async def test_a_message_that_is_taken_back_is_gone(server: HubServer, at_once: bool) -> None:
    async with server.join("Ada") as ada, server.join("Olga", "organiser") as olga:
        await ada.enter("lobby")
        for number in range(3):
            await ada.do("lobby", SendMessage(f"before {number}"))
        done = await ada.do("lobby", SendMessage(SECRET))
        assert isinstance(done, frames.Ack)
        if not at_once:
            await ada.do("lobby", SendMessage("something else"))
        assert SECRET in await stored(server)
        assert isinstance(await olga.do("lobby", RetractMessage(done.seq)), frames.Ack)
        assert SECRET not in await stored(server)
        room = await server.hub.ledger.room("lobby")
        assert room[Chat].search("swordfish") == []
        async with server.join("Cy") as cy:
            shown = await history(cy)
            assert SECRET not in shown and "before 2" in shown
            assert [event.seq for event in cy.events["lobby"]] == [*range(1, room.seq + 1)], "events keep their numbers"
        server.hub.fanout._channels.clear()  # the history comes from the store
        async with server.join("Di") as di:
            assert SECRET not in await history(di)


async def test_a_client_that_has_the_message_drops_it(server: HubServer) -> None:
    async with server.join("Ada") as ada, server.join("Bo") as bo:
        await bo.enter("lobby")
        done = await ada.do("lobby", SendMessage(SECRET))
        assert isinstance(done, frames.Ack)
        await bo.events_until("lobby", lambda events: len(events) == 1)
        await ada.do("lobby", RetractMessage(done.seq))
        events = await bo.events_until("lobby", lambda events: len(events) == 2)
        assert events[1].fact.message == done.seq


async def test_a_source_that_is_removed_is_gone(server: HubServer) -> None:
    async with server.join("Ada") as ada, server.join("Bo") as bo, server.join("Olga", "organiser") as olga:
        await ada.do("lobby", HandIn("stable-softmax", f"# {SECRET}".encode()))
        room = await server.hub.ledger.room("lobby")
        [id] = room[Submissions].all
        await server.hub.ledger.execute(HUB, "lobby", "verdict", RecordVerdict(Graded(id, "passed")))
        assert SECRET in await stored(server)
        refused = await bo.do("lobby", RemoveSource(id))
        assert isinstance(refused, Refused) and refused.code == "not allowed"
        assert isinstance(await olga.do("lobby", RemoveSource(id)), frames.Ack)
        assert SECRET not in await stored(server)
        with pytest.raises(Exception, match="was removed"):
            await server.hub.ledger.answer(ada.member, "lobby", SourceQuery(id))
        assert room[Submissions].has_passed(ada.member.id, "stable-softmax"), "the verdict stays"


async def test_a_source_that_waits_for_its_verdict_is_no_longer_graded(server: HubServer) -> None:
    async with server.join("Ada") as ada:
        await ada.do("lobby", HandIn("stable-softmax", b"x = 1"))
        room = await server.hub.ledger.room("lobby")
        [id] = room[Submissions].all
        await ada.do("lobby", RemoveSource(id))
        assert room.jobs() == []


async def test_both_databases_forget(location: str) -> None:
    from cowork.rooms.base import Event
    from cowork.rooms.chat import MessageRetracted, MessageSent

    async with room_store(location) as store:
        async with store.writing("r") as writer:
            await writer.add([Event(1, 1.0, "a", "Ada", "c1", MessageSent(SECRET))], [])
        async with store.writing("r") as writer:
            await writer.add([Event(2, 2.0, "a", "Ada", "c2", MessageRetracted(1))], [])
        assert [event.fact for event in await store.events("r", 0, 10)] == [MessageSent(""), MessageRetracted(1)]
