"""Real co-work sessions over real sockets."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from pathlib import Path

from cowork.client.connection import join
from cowork.client.known_hubs import KnownHub
from cowork.client.session import Change, Session
from cowork.permissions import Role
from cowork.rooms.chat import Chat
from tests.support.hub import HubServer
from tests.support.waiting import until


async def join_hub(
    server: HubServer, home: Path, name: str, role: Role = "member", rooms: tuple[str, ...] = ()
) -> KnownHub:
    """Joins as a new person, by an invite."""
    return await join((await server.invite(role, rooms)).text(), name, home)


def chat_texts(session: Session, room: str = "lobby") -> list[str]:
    """The messages in the session's copy of a room."""
    return [message.text for message in session.rooms[room][Chat].messages.values()]


class ChangeLog:
    """The changes that a session reports."""

    def __init__(self, session: Session) -> None:
        self.changes: list[Change] = []
        session.subscribe(self.changes.append)

    def refusals(self) -> list[str]:
        return [change.says for change in self.changes if change.kind == "refused"]


@contextlib.asynccontextmanager
async def running_session(known: KnownHub, home: Path, *rooms: str) -> AsyncIterator[Session]:
    """A session that runs and has entered these rooms."""
    session = Session(known, home)
    task = asyncio.create_task(session.run())
    try:
        if rooms:
            await until(lambda: session.state != "connecting", "the session connects")
        for room in rooms:
            await session.enter(room)
        yield session
    finally:
        await session.close()
        await asyncio.wait([task])
