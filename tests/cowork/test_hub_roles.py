"""Rights to rooms: changes by an organiser take effect at once, on open connections."""

from __future__ import annotations

import asyncio

import pytest
from websockets.exceptions import ConnectionClosed

from cowork import frames
from cowork.frames import RoomCard
from cowork.hub import hub, presence
from cowork.hub.fanout import SendQueue
from cowork.permissions import Member
from cowork.rooms.chat import SendMessage
from tests.support.hub import HubServer, Peer
from tests.support.waiting import TIMEOUT, until


async def test_who_is_shut_out_is_cut_at_once_and_stays_out(server: HubServer) -> None:
    async with server.join("Olga", "organiser") as olga, server.join("Mal") as mal:
        await mal.enter("lobby")
        await olga.request("change member", member=mal.member.id, gone=True)
        assert (await mal.until(frames.Refused)).code == "gone"
        with pytest.raises(ConnectionClosed) as cut:
            await asyncio.wait_for(mal.socket.recv(), TIMEOUT)
        assert cut.value.rcvd is not None and cut.value.rcvd.code == 4003
        with pytest.raises(AssertionError, match="gone"):
            async with server.sign_in(mal.key):
                pass
        await olga.request("change member", member=mal.member.id, gone=False)
        async with server.sign_in(mal.key) as again:
            assert isinstance(await again.do("lobby", SendMessage("back")), frames.Ack)


async def test_a_role_changes_on_an_open_connection(server: HubServer) -> None:
    async with server.join("Olga", "organiser") as olga, server.join("Bo") as bo:
        await bo.enter("lobby")
        refused = await bo.request("invite")
        assert isinstance(refused, frames.Refused) and refused.code == "not allowed"
        await olga.request("change member", member=bo.member.id, role="organiser")
        assert (await bo.until(frames.Welcome)).member.role == "organiser"
        assert "invite" in await bo.request("invite")
        await olga.enter("lobby")
        present = await olga.until(frames.Present, lambda one: any(p.name == "Bo" for p in one.people))
        assert [p.role for p in present.people if p.name == "Bo"] == ["organiser"]
        await olga.request("change member", member=bo.member.id, role="member")
        await bo.until(frames.Welcome)
        refused = await bo.request("invite")
        assert isinstance(refused, frames.Refused) and refused.code == "not allowed"


async def test_the_last_organiser_stays_one(server: HubServer) -> None:
    async with server.join("Olga", "organiser") as olga:
        for change in ({"gone": True}, {"role": "member"}):
            refused = await olga.request("change member", member=olga.member.id, **change)
            assert isinstance(refused, frames.Refused) and refused.code == "last"


@pytest.mark.parametrize(
    ("what", "data"),
    [("invite", {}), ("members", {}), ("change member", {"member": "x", "gone": True}), ("add room", {"title": "x"}),
     ("cohort", {}), ("export", {}), ("webhooks", {})],
)  # fmt: skip
async def test_what_is_an_organisers_is_refused_to_a_member(
    server: HubServer, what: str, data: dict[str, object]
) -> None:
    async with server.join("Bo") as bo:
        refused = await bo.request(what, **data)
        assert isinstance(refused, frames.Refused) and refused.code == "not allowed"


async def test_a_guest_is_in_the_rooms_of_the_invite_and_in_no_other(server: HubServer) -> None:
    await server.hub.add_room(RoomCard("other", "Other"))
    async with server.join("Gus", "guest", ("lobby",)) as gus, server.join("Bo") as bo:
        assert gus.rooms == ["lobby"]
        await gus.enter("lobby")
        assert isinstance(await gus.do("lobby", SendMessage("hello")), frames.Ack)
        await gus.send(frames.Enter("other"))
        assert (await gus.until(frames.Refused)).code == "not allowed"
        refused = await gus.do("other", SendMessage("hello"))
        assert isinstance(refused, frames.Refused) and refused.code == "not allowed"
        await gus.send(frames.ReportStatus("other", frames.MemberStatus("causal-attention")))
        await bo.enter("other")
        await bo.do("other", SendMessage("among us"))
        await bo.do("lobby", SendMessage("with our guest"))
        await gus.events_until("lobby", lambda events: len(events) == 2)
        assert "other" not in gus.events and not any(isinstance(one, frames.Present) and one.room == "other"
                                                     for one in gus.received)  # fmt: skip
        assert [person.name for person in server.hub.presence.people("other")] == ["Bo"]


async def test_a_member_made_a_guest_leaves_the_other_rooms(server: HubServer) -> None:
    async with server.join("Olga", "organiser") as olga, server.join("Bo") as bo:
        await bo.enter("lobby")
        await olga.request("change member", member=bo.member.id, role="guest")
        assert (await bo.until(frames.Welcome)).rooms == []
        await olga.do("lobby", SendMessage("psst"))
        refused = await bo.do("lobby", SendMessage("hello?"))
        assert isinstance(refused, frames.Refused) and refused.code == "not allowed"
        assert bo.events == {}


async def test_a_member_made_a_guest_of_a_room_stays_in_it(server: HubServer) -> None:
    async with server.join("Olga", "organiser") as olga, server.join("Bo") as bo:
        refused = await olga.request("change member", member=bo.member.id, role="guest", rooms=["nowhere"])
        assert isinstance(refused, frames.Refused) and refused.code == "unknown"
        await olga.request("change member", member=bo.member.id, role="guest", rooms=["lobby"])
        assert [room.id for room in (await bo.until(frames.Welcome)).rooms] == ["lobby"]


async def test_a_new_room_is_there_for_all_at_once(server: HubServer) -> None:
    async with server.join("Olga", "organiser") as olga, server.join("Bo") as bo:
        made = await olga.request("add room", title="  Break \x1b[31mit ")
        rooms = (await bo.until(frames.RoomsChanged)).rooms
        assert [(room.id, room.title) for room in rooms][-1] == (made["room"], "Break it")
        await bo.enter(made["room"])


class Present:
    """The people in the lobby, from the frames that a peer received."""

    def __init__(self, peer: Peer) -> None:
        self.peer = peer
        self.known: dict[str, frames.MemberStatus | None] = {}

    async def until(self, **here: frames.MemberStatus) -> None:
        while {name: at for name, at in self.known.items() if at is not None} != here:
            present = await self.peer.until(frames.Present)
            if present.all:
                self.known.clear()
            self.known.update({person.name: person.here for person in present.people})


async def test_people_come_say_where_they_are_and_go(server: HubServer) -> None:
    nowhere, there = frames.MemberStatus(), frames.MemberStatus("causal-attention", 2, 5)
    async with server.join("Ada") as ada:
        await ada.enter("lobby")
        seen = Present(ada)
        await seen.until(Ada=nowhere)
        async with server.join("Bo") as bo:
            await bo.enter("lobby")
            await seen.until(Ada=nowhere, Bo=nowhere)
            await bo.send(frames.ReportStatus("lobby", there))
            await seen.until(Ada=nowhere, Bo=there)
            async with server.sign_in(bo.key) as second:  # a second device of the same person
                await second.enter("lobby")
                await Present(second).until(Ada=nowhere, Bo=there)
                await bo.socket.close()
                await seen.until(Ada=nowhere, Bo=nowhere)
            await seen.until(Ada=nowhere)
            assert seen.known["Bo"] is None


async def test_changes_of_who_is_here_come_together(server: HubServer) -> None:
    async with server.join("Ada") as ada, server.join("Bo") as bo:
        await ada.enter("lobby")
        await bo.enter("lobby")
        seen = Present(ada)
        await seen.until(Ada=frames.MemberStatus(), Bo=frames.MemberStatus())
        for index in range(30):
            await bo.send(frames.ReportStatus("lobby", frames.MemberStatus("causal-attention", index, 30)))
        count = 0
        async with asyncio.timeout(TIMEOUT):
            while seen.known["Bo"] != frames.MemberStatus("causal-attention", 29, 30):
                present = await ada.until(frames.Present)
                seen.known.update({person.name: person.here for person in present.people})
                count += 1
        assert count <= 15  # a frame in a quarter of a second, however slow this machine is


class Socket:
    on_resume = on_lost = None
    writable = True

    def write(self, frames: bytes) -> None:
        pass

    def close(self, code: int, reason: str) -> None:
        pass


async def test_what_another_hub_said_is_forgotten_when_it_falls_silent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(presence, "HEARTBEAT_INTERVAL", 0.05)
    monkeypatch.setattr(presence, "EXPIRY", 0.2)
    monkeypatch.setattr(presence, "UPDATE_INTERVAL", 0.01)
    said: list[str] = []
    halves: list[presence.Presence] = []

    async def publish(channel: str, payload: str) -> None:
        assert channel == presence.CHANNEL and len(payload.encode()) <= 7_000
        said.append(payload)
        for half in halves:
            half.on_notification(payload)

    halves += [presence.Presence(publish), presence.Presence(publish)]
    runs = [asyncio.create_task(half.run()) for half in halves]
    people = [Member(f"m{index}", "\N{SNAIL}" * 40, "member") for index in range(100)]
    for member in people:  # more than fits into one word between hubs
        halves[0].enter(SendQueue(Socket()), "lobby", member)
    try:
        await until(lambda: len(halves[1].people("lobby")) == 100)
        runs[0].cancel()  # it is killed, and says no more
        await until(lambda: not halves[1].people("lobby"))
    finally:
        for run in runs:
            run.cancel()
    assert len(halves[0].people("lobby")) == 100


async def test_what_no_word_came_of_is_found_all_the_same(server: HubServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hub, "RECHECK_INTERVAL", 0.05)
    server.hub._tasks.append(asyncio.create_task(server.hub._recheck()))
    async with server.join("Mal") as mal:
        await server.hub.store.add_room(RoomCard("new", "New"))
        assert [room.id for room in (await mal.until(frames.RoomsChanged)).rooms] == ["lobby", "new"]
        await server.hub.store.change_member(mal.member.id, gone=True)
        assert (await mal.until(frames.Refused)).code == "gone"
