"""Fixtures of the co-work tests: hubs with TLS on free ports of this machine, and stores."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from tests.support.hub import HubServer, Serve, serve
from tests.support.postgres import PostgresServer, postgres


@pytest.fixture
def serve_hub() -> Serve:
    """A function that runs hubs: `async with serve_hub(folder) as server`."""
    return serve


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[HubServer]:
    """A hub with one room, "lobby"."""
    async with serve(tmp_path) as server:
        yield server


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[PostgresServer]:
    """A PostgreSQL; tests that use it are in the group "postgres", so that one worker starts it."""
    with postgres() as server:
        yield server


@pytest.fixture
def database(postgres_server: PostgresServer) -> Iterator[str]:
    """The URL of an empty database."""
    with postgres_server.new_database() as url:
        yield url


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.xdist_group("postgres"))])
def location(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The location of an empty store: a file, then a PostgreSQL database."""
    if request.param == "sqlite":
        return str(tmp_path / "hub.db")
    url: str = request.getfixturevalue("database")
    return url
