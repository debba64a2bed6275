"""Real sessions over real sockets, for tests."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from pathlib import Path

from hub_kit import PATIENCE, Running

from cowork.client.join import join
from cowork.client.known_hubs import KnownHub
from cowork.client.session import Session
from cowork.client.session_events import Change
from cowork.permissions import Role
from cowork.rooms.chat import Chat


async def until(holds: Callable[[], object], what: str = "what was waited for") -> None:
    """Lets everybody go on until `holds()`."""
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(PATIENCE):
            while not holds():
                await asyncio.sleep(0.005)
    assert holds(), f"{what} did not come"


async def joined(
    running: Running, home: Path, name: str, role: Role = "member", rooms: tuple[str, ...] = ()
) -> KnownHub:
    """Somebody new, who has joined by an invite."""
    return await join((await running.invite(role, rooms)).text(), name, home)


def said(session: Session, room: str = "lobby") -> list[str]:
    """What a session's room has of its chat."""
    return [message.text for message in session.rooms[room][Chat].messages.values()]


class Heard:
    """All that a session has told."""

    def __init__(self, session: Session) -> None:
        self.changes: list[Change] = []
        session.subscribe(self.changes.append)

    def refusals(self) -> list[str]:
        return [change.says for change in self.changes if change.kind == "refused"]


@contextlib.asynccontextmanager
async def session_of(known: KnownHub, home: Path, *rooms: str) -> AsyncIterator[Session]:
    """A session that runs; it has entered `rooms` where there are some."""
    session = Session(known, home)
    running = asyncio.create_task(session.run())
    try:
        if rooms:
            await until(lambda: session.state != "connecting", "a connection")
        for room in rooms:
            await session.enter(room)
        yield session
    finally:
        await session.close()
        await asyncio.wait([running])
