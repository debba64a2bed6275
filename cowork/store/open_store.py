"""Chooses a hub's store by the kind of its address."""

from __future__ import annotations

from pathlib import Path

from cowork.store.sql import POLL_INTERVAL, Store


def open_store(place: str | Path, poll: float = POLL_INTERVAL) -> Store:
    """Returns a store that is not open yet: PostgreSQL for "postgresql://…", else the SQLite file at this path."""
    if str(place).startswith(("postgresql://", "postgres://")):
        from cowork.store.postgres import PostgresStore

        return PostgresStore(str(place), poll)
    from cowork.store.sqlite import SqliteStore

    return SqliteStore(Path(place).expanduser(), poll)
