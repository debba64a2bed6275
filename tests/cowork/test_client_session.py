"""A session with a real hub over TLS: in step with others, with and without a connection, exactly once."""

from __future__ import annotations

from pathlib import Path

import pytest

from cowork.client.command_queue import Done
from cowork.client.known_hubs import KEY, KnownHubs
from cowork.client.session import Session
from cowork.frames import MemberStatus, RoomCard
from cowork.refusal import Refusal
from cowork.rooms.chat import RetractMessage, SendMessage
from cowork.rooms.submissions import Graded, HandIn, RecordVerdict, Submissions
from tests.support.cowork_clients import chat_texts, join_hub, running_session
from tests.support.hub import HubServer
from tests.support.waiting import until


async def test_two_people_see_each_other_and_what_is_said(server: HubServer, tmp_path: Path) -> None:
    ada, ben = await join_hub(server, tmp_path / "a", "Ada"), await join_hub(server, tmp_path / "b", "Ben")
    async with running_session(ada, tmp_path / "a", "lobby") as a, running_session(ben, tmp_path / "b", "lobby") as b:
        assert isinstance(await a.do("lobby", SendMessage("hello")), Done)
        await until(lambda: chat_texts(b) == ["hello"])
        a.report_status("lobby", MemberStatus("softmax", 2, 5))
        await until(lambda: len(b.people.get("lobby", {})) == 2)
        assert a.member is not None
        mine = a.member.id
        await until(lambda: b.people["lobby"][mine].here == MemberStatus("softmax", 2, 5))
        assert abs(a.clock() - server.hub.ledger._clock()) < 1
        await b.leave("lobby")
        await until(lambda: len(a.people["lobby"]) == 1)
        assert "lobby" not in b.rooms


async def test_what_is_refused_is_raised(server: HubServer, tmp_path: Path) -> None:
    known = await join_hub(server, tmp_path, "Ada")
    async with running_session(known, tmp_path, "lobby") as session:
        with pytest.raises(Refusal, match="no message 7"):
            await session.do("lobby", RetractMessage(7))
        with pytest.raises(Refusal, match="no room"):
            await session.enter("attic")
        with pytest.raises(Refusal, match="no request"):
            await session.request("dance")
        with pytest.raises(Refusal, match="organiser"):
            await session.request("members")
        with pytest.raises(Refusal, match="too large"):
            await session.do("lobby", SendMessage("x" * 600_000))
        assert session.state == "online"
        assert session.waiting == 0


async def test_a_room_that_is_taken_from_a_guest_is_gone(server: HubServer, tmp_path: Path) -> None:
    await server.hub.add_room(RoomCard("attic", "Attic"))
    organiser = await join_hub(server, tmp_path / "o", "Olga", "organiser")
    known = await join_hub(server, tmp_path / "g", "Gus", "guest", ("attic",))
    async with running_session(organiser, tmp_path / "o") as o, running_session(known, tmp_path / "g", "attic") as g:
        assert [card.id for card in g.cards] == ["attic"]
        with pytest.raises(Refusal):
            await g.enter("lobby")
        await until(lambda: o.state == "online")
        await o.request("change member", member=known.member, role="member")
        await until(lambda: len(g.cards) == 2)
        await g.enter("lobby")
        await o.request("change member", member=known.member, role="guest")
        await until(lambda: list(g.rooms) == ["attic"])


async def test_a_home_that_cannot_be_used_is_said(server: HubServer, tmp_path: Path) -> None:
    known = await join_hub(server, tmp_path / "a", "Ada")
    (tmp_path / "file").write_text("")
    async with running_session(known, tmp_path / "file") as session:
        await until(lambda: session.state == "refused")
        assert str(tmp_path / "file") in session.message
    (tmp_path / "a" / KEY).write_text("no key")
    async with running_session(known, tmp_path / "a") as session:
        await until(lambda: session.state == "refused")
        assert "contains no key" in session.message
    (tmp_path / "b").mkdir()
    async with running_session(known, tmp_path / "b") as session:  # a new device: its key is not known
        await until(lambda: session.state == "refused")
        assert "Join with an invite" in session.message


async def test_rooms_and_titles_are_known_without_the_hub(server: HubServer, tmp_path: Path) -> None:
    known = await join_hub(server, tmp_path, "Ada")
    async with running_session(known, tmp_path, "lobby"):
        await server.hub.add_room(RoomCard("attic", "Attic"))
        await until(lambda: len(KnownHubs(tmp_path).find().rooms) == 2)
    assert [card.title for card in Session(KnownHubs(tmp_path).find(), tmp_path).cards] == ["Lobby", "Attic"]


async def test_nobody_tells_the_hub_how_a_grading_went(server: HubServer, tmp_path: Path) -> None:
    """A forged verdict, sent as the hub's own is: of one's own source, by an organiser as well."""
    for role in ("member", "organiser"):
        known = await join_hub(server, tmp_path / role, role.title(), role)  # type: ignore[arg-type]
        async with running_session(known, tmp_path / role, "lobby") as session:
            await session.do("lobby", HandIn("stable-softmax", f"# {role}".encode()))
            await until(lambda session=session: session.rooms["lobby"][Submissions].waiting())  # type: ignore[misc]
            mine = session.rooms["lobby"][Submissions].waiting()[-1]
            with pytest.raises(Refusal) as refused:
                await session.do("lobby", RecordVerdict(Graded(mine.id, "passed", passed_checks=9, checks=9)))
            assert refused.value.code == "not allowed"
            assert session.rooms["lobby"][Submissions].find(mine.id).outcome is None
    assert {one.outcome for one in (await server.hub.ledger.room("lobby"))[Submissions].all.values()} == {None}
