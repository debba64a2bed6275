"""Hubs as they run: a real server on a free loopback port, with TLS and a store of its own."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from hub_kit import Running, Serve, serve
from postgres_kit import Server, postgres


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
