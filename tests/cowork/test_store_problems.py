"""A store that cannot be used says so in a sentence, and what was acknowledged outlives a killed hub."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import text

from cowork.store import migrations, tables
from cowork.store.contract import Invite, StoreProblem
from cowork.store.open_store import open_store
from tests.support.postgres import PostgresServer
from tests.support.stores import room_store, write_messages

POSTGRES = pytest.mark.xdist_group("postgres")


async def refused(location: str | Path) -> str:
    store = open_store(location)
    try:
        with pytest.raises(StoreProblem) as caught:
            await store.open()
    finally:
        await store.close()
    return str(caught.value)


async def test_a_file_that_is_no_database(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("Not a database, but long enough to be one. " * 100)
    assert "not a database" in await refused(tmp_path / "notes.txt")
    assert (tmp_path / "notes.txt").read_text().startswith("Not a database")


async def test_a_folder_that_is_not_there_and_one_that_is(tmp_path: Path) -> None:
    assert "its folder must exist" in await refused(tmp_path / "nowhere" / "hub.db")
    assert "cannot be opened" in await refused(tmp_path)


async def test_the_database_of_another_program_is_left_alone(tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "other.db") as connection:
        connection.execute("CREATE TABLE settings (name TEXT)")
    assert "a different program" in await refused(tmp_path / "other.db")
    with sqlite3.connect(tmp_path / "other.db") as connection:
        assert connection.execute("SELECT name FROM sqlite_master").fetchall() == [("settings",)]


async def test_a_store_of_the_first_version_gets_the_newer_columns(location: str) -> None:
    async with room_store(location) as store:
        await store.add_invite(Invite("old", "member", 2_000.0, 2))
        assert await store.enrol("old", "Ida", "key a", 1_000.0) is not None
        async with store._connected(write=True) as connection:
            for table, definition in [*migrations.ADDED[2], *migrations.ADDED[3]]:
                await connection.execute(text(f"ALTER TABLE {table} DROP COLUMN {definition.split()[0]}"))
            await connection.execute(text("UPDATE settings SET value = '1' WHERE name = 'store.schema'"))
            await connection.execute(text("UPDATE members SET spelling = 'ida'"))  # as version 1 spelled it
    for _ in range(2):
        async with room_store(location) as store:
            assert [entry.member.name for entry in await store.members()] == ["Ida"]
            [invite] = await store.invites()
            assert (invite.digest, invite.uses, invite.revoked) == ("old", 1, False)
            assert await store.get(tables.SCHEMA_NAME) == str(tables.SCHEMA)
    async with room_store(location) as store:
        await store.add_invite(Invite("new", "member", 2_000.0, 2))
        lookalike = await store.enrol("new", "lda", "key b", 1_000.0)
        assert lookalike is not None and lookalike.member.name == "lda 2"


async def test_a_store_of_a_newer_program_is_left_alone(location: str) -> None:
    async with room_store(location) as store:
        await store.put("store.schema", "99")
    assert "newer" in await refused(location)


async def test_a_full_disk_is_told_and_nothing_is_half_written(tmp_path: Path) -> None:
    async with room_store(str(tmp_path / "hub.db")) as store:
        await write_messages(store, "fits")
        with store.writer.begin() as connection:
            pages = connection.execute(text("PRAGMA page_count")).scalar_one()
            connection.execute(text(f"PRAGMA max_page_count = {pages + 2}"))
        with pytest.raises(StoreProblem, match="free space"):
            await write_messages(store, "x" * 40_000)
        assert await store.last("r") == 1
        with store.writer.begin() as connection:
            connection.execute(text("PRAGMA max_page_count = 1000000"))
        assert await write_messages(store, "x" * 40_000) == [2]


async def test_addresses_of_postgresql_that_lead_nowhere(tmp_path: Path) -> None:
    said = await refused(f"postgresql://anna:secret@/hub?host={tmp_path}")
    assert "cannot be reached" in said and "secret" not in said
    said = await refused("postgresql://anna:secret@127.0.0.1:1/hub")
    assert "cannot be reached" in said and "127.0.0.1:1" in said and "secret" not in said
    with pytest.raises(StoreProblem, match="address") as caught:
        open_store("postgresql://anna:secret@host:port:port/hub?x")
    assert "secret" not in str(caught.value)


@POSTGRES
async def test_a_database_that_does_not_exist(postgres_server: PostgresServer) -> None:
    assert "does not have this database" in await refused(postgres_server.url("nothing"))


@POSTGRES
async def test_a_user_whom_the_database_does_not_know(postgres_server: PostgresServer) -> None:
    url = postgres_server.url("postgres").replace("postgres@", "stranger@")
    assert "rejects this user" in await refused(url)


WRITER = """
import asyncio, sys
from tests.support.stores import room_store, write_messages
async def main():
    async with room_store(sys.argv[1]) as store:
        while True:
            print(*await write_messages(store, "a", "b"), flush=True)
asyncio.run(main())
"""


async def test_what_was_acknowledged_outlives_a_killed_hub(location: str) -> None:
    """−9 in the middle of writing: all that was said to be stored is, in pairs as it was written."""
    writer = subprocess.Popen(
        [sys.executable, "-c", WRITER, location], stdout=subprocess.PIPE, text=True, cwd=Path(__file__).parents[2]
    )  # fmt: skip
    assert writer.stdout is not None
    acknowledged = [writer.stdout.readline().split() for _ in range(20)]
    writer.kill()
    acknowledged += [line.split() for line in writer.stdout if line.endswith("\n")]
    writer.wait()
    writer.stdout.close()
    async with room_store(location) as store:
        events = await store.events("r", 0, 1_000_000)
    last = int(acknowledged[-1][-1])
    assert [event.seq for event in events] == [*range(1, len(events) + 1)]
    assert len(events) in (last, last + 2)
