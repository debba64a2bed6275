"""Hubs as they run: a real server on a free loopback port, with TLS and a store of its own."""

from __future__ import annotations

import contextlib
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager
from pathlib import Path

import pytest
from hub_kit import Running

from cowork import certificates
from cowork.hub.hub import Hub
from cowork.hub.server import serving
from cowork.store.contract import RoomRow
from cowork.store.sql import open_store

Serve = Callable[..., AbstractAsyncContextManager[Running]]


@contextlib.asynccontextmanager
async def serve(
    folder: Path, *, place: str | None = None, rooms: tuple[str, ...] = ("lobby",)
) -> AsyncIterator[Running]:
    """A hub with its files in `folder`; `place`: its store, if not a SQLite file there."""
    certificate = certificates.load_or_make(folder)
    listener = socket.create_server(("127.0.0.1", 0))
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
