"""Benchmarks how soon members are back when one of two hubs over one PostgreSQL is killed (SIGKILL)."""

from __future__ import annotations

import asyncio
import statistics
import tempfile
import time
from contextlib import AsyncExitStack
from pathlib import Path

import msgspec

from benchmarks.cowork_hubs import CLIENTS_CORE, Host, pin, two_hubs
from benchmarks.cowork_load import Row
from cowork.client.connection import join
from cowork.client.session import Session
from cowork.rooms.chat import Chat, SendMessage
from tests.support.cowork_clients import running_session
from tests.support.waiting import until

MEMBERS = 20
LIMIT = 5  # seconds


def run() -> list[Row]:
    """Rows of (measurement, result, comparison)."""
    pin(CLIENTS_CORE)
    with two_hubs() as hosts, tempfile.TemporaryDirectory() as folder:
        times, lost = asyncio.run(_kill_first(hosts, Path(folder)))
    title = f"{MEMBERS} members move to the other hub after kill -9"
    return [
        (title, f"p50 {statistics.median(times):.2f} s, max {max(times):.2f} s", f"≤ {LIMIT} s"),
        (f"{title}: messages lost or doubled", str(lost), "none"),
    ]


async def _kill_first(hosts: list[Host], folder: Path) -> tuple[list[float], int]:
    """Seconds until each member is online at the second hub, and how many messages are lost or doubled."""
    first, second = hosts
    invite = second.members  # it contains the addresses of both hubs
    assert first.members.address in invite.others, "the hubs have one certificate, and know each other"
    async with AsyncExitStack() as cleanup:
        sessions: list[Session] = []
        for index in range(MEMBERS):
            known = await join(invite.text(), f"member {index}", folder / str(index))
            known = msgspec.structs.replace(known, address=first.members.address)
            session = await cleanup.enter_async_context(running_session(known, folder / str(index), "lobby"))
            sessions.append(session)
        assert all(session.known.address == first.members.address for session in sessions)
        for session in sessions:
            await session.do("lobby", SendMessage("before"))
        start = time.perf_counter()
        first.process.kill()
        times = await asyncio.gather(*(_moved(session, second, start) for session in sessions))
        for session in sessions:
            await session.do("lobby", SendMessage("after"))
        reader, expected = sessions[0], 2 * MEMBERS
        await until(lambda: len(reader.rooms["lobby"][Chat].messages) >= expected, "all messages arrive")
        texts = [message.text for message in reader.rooms["lobby"][Chat].messages.values()]
        return times, abs(texts.count("before") - MEMBERS) + abs(texts.count("after") - MEMBERS)


async def _moved(session: Session, host: Host, start: float) -> float:
    await until(lambda: session.state == "online" and session.known.address == host.members.address, "a member is back")
    return time.perf_counter() - start
