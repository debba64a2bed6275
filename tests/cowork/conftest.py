"""Hubs as they run: a real server on a free loopback port, with TLS and a store of its own."""

from __future__ import annotations

import contextlib
import socket
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager
from pathlib import Path

import pytest
from hub_kit import Running
from postgres_kit import Server, postgres

from cowork import certificates
from cowork.hub.hub import Hub
from cowork.hub.server import serving
from cowork.store.contract import RoomRow
from cowork.store.sql import open_store

Serve = Callable[..., AbstractAsyncContextManager[Running]]


@contextlib.asynccontextmanager
async def serve(
    folder: Path, *, place: str | None = None, rooms: tuple[str, ...] = ("lobby",), port: int = 0
) -> AsyncIterator[Running]:
    """A hub with its files in `folder`; `place`: its store, if not a SQLite file there; `port`: any, or that one."""
    certificate = certificates.load_or_make(folder)
    listener = socket.create_server(("127.0.0.1", port))
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 64 * 1024)  # who does not read is noticed sooner
    address = f"wss://127.0.0.1:{listener.getsockname()[1]}"
    hub = Hub(open_store(place or folder / "hub.db"), address, certificate.fingerprint)
    await hub.start("a hub under test")
    try:
        for room in rooms:
            await hub.add_room(RoomRow(room, room.title()))
        async with serving(hub, listener, certificate.context()):
            yield Running(hub, address, certificate.fingerprint)
    finally:
        await hub.close()


@pytest.fixture
def serve_hub() -> Serve:
    """Serves hubs: `async with serve_hub(folder) as running`."""
    return serve


@pytest.fixture
async def running(tmp_path: Path) -> AsyncIterator[Running]:
    """A hub with one room, "lobby"."""
    async with serve(tmp_path) as one:
        yield one


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[Server]:
    """A PostgreSQL that starts when it is first needed. Tests with it are of the group "postgres", so one is enough."""
    with postgres() as server:
        yield server


@pytest.fixture
def database(postgres_server: Server) -> Iterator[str]:
    """The URL of an empty database of its own."""
    with postgres_server.fresh() as url:
        yield url


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.xdist_group("postgres"))])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Where a store may be: a file, then a database of a PostgreSQL; each is empty."""
    if request.param == "sqlite":
        return str(tmp_path / "hub.db")
    url: str = request.getfixturevalue("database")
    return url
