"""A session with a real hub over TLS: in step with others, with and without a connection, exactly once."""

from __future__ import annotations

from pathlib import Path

import pytest
from client_kit import joined, said, session_of, until
from hub_kit import Running

from cowork.client.doing import Done
from cowork.frames import Here
from cowork.refusal import Refusal
from cowork.rooms.chat import Say, TakeBack


async def test_two_people_see_each_other_and_what_is_said(running: Running, tmp_path: Path) -> None:
    ada, ben = await joined(running, tmp_path / "a", "Ada"), await joined(running, tmp_path / "b", "Ben")
    async with session_of(ada, tmp_path / "a", "lobby") as a, session_of(ben, tmp_path / "b", "lobby") as b:
        assert isinstance(await a.do("lobby", Say("hello")), Done)
        await until(lambda: said(b) == ["hello"])
        a.here("lobby", Here("softmax", 2, 5))
        await until(lambda: len(b.people.get("lobby", {})) == 2)
        assert a.member is not None
        mine = a.member.id
        await until(lambda: b.people["lobby"][mine].here == Here("softmax", 2, 5))
        assert abs(a.clock() - running.hub.ledger._clock()) < 1
        await b.leave("lobby")
        await until(lambda: len(a.people["lobby"]) == 1)
        assert "lobby" not in b.rooms


async def test_what_is_refused_is_raised(running: Running, tmp_path: Path) -> None:
    known = await joined(running, tmp_path, "Ada")
    async with session_of(known, tmp_path, "lobby") as session:
        with pytest.raises(Refusal, match="no message 7"):
            await session.do("lobby", TakeBack(7))
        with pytest.raises(Refusal, match="no room"):
            await session.enter("attic")
        with pytest.raises(Refusal, match="no request"):
            await session.request("dance")
        with pytest.raises(Refusal, match="organiser"):
            await session.request("members")
        with pytest.raises(Refusal, match="too large"):
            await session.do("lobby", Say("x" * 600_000))
        assert session.state == "online"
        assert session.waiting == 0
