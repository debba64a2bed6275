"""A damaged, newer or deleted store: recorded attempts are recovered, and a message says so."""

from __future__ import annotations

import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from learner import recovery, store
from learner.backup_log import BackupLog
from learner.progress import Attempt, Progress

NOW = datetime(2024, 10, 5, tzinfo=UTC)


def verdict(outcome: str) -> dict[str, object]:
    return {"outcome": outcome, "seconds": 0.25}


def fill(path: Path, count: int = 50) -> list[Attempt]:
    """Stores attempts and some data of every other kind, and returns the attempts."""
    with Progress(path) as progress:
        for number in range(count):
            progress.record("norm", "v", b"x" * 500 + bytes([number % 256]), verdict("failed"))
        progress.take_hint("norm")
        progress.take_hint("norm")
        progress.set_material("video", True)
        progress.set_material("book", True)
        progress.set_material("book", False)
        progress.set_last_exercise("norm")
        return progress.history("norm")


def damage_header(path: Path) -> None:
    path.write_bytes(b"this is no database at all" * 100)


def damage_middle(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[4096:] = b"\x5a" * (len(content) - 4096)
    path.write_bytes(content)


def damage_format(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[44:48] = b"\x09\x09\x09\x09"  # SQLite: "unsupported file format"
    path.write_bytes(content)


def truncate(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:5000])


def truncate_to_zero(path: Path) -> None:
    path.write_bytes(b"")


def overwrite_with_zeros(path: Path) -> None:
    path.write_bytes(bytes(path.stat().st_size))


def replace_with_a_different_database(path: Path) -> None:
    path.unlink()
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE song (name TEXT)")
    connection.close()


def change_columns(path: Path) -> None:
    with sqlite3.connect(path) as connection:
        connection.executescript("DROP TABLE attempt; CREATE TABLE attempt (id INTEGER PRIMARY KEY, name TEXT);")
    connection.close()


DAMAGES = [
    (change_columns, "it is damaged"),
    (damage_header, "it is damaged"),
    (damage_middle, "it is damaged"),
    (damage_format, "it is damaged"),
    (truncate, "it is damaged"),
    (truncate_to_zero, None),
    (overwrite_with_zeros, "it is damaged"),
    (replace_with_a_different_database, "it was not created by fromscratch"),
    (Path.unlink, None),
]


@pytest.mark.parametrize(("damage", "word"), DAMAGES)
def test_recorded_attempts_are_recovered(path: Path, damage: Callable[[Path], None], word: str | None) -> None:
    before = fill(path)
    damage(path)
    damaged = path.read_bytes() if path.exists() else b""
    with Progress(path, lambda: NOW) as progress:
        assert progress.message is not None and "50 attempts were recovered" in progress.message
        assert progress.history("norm") == before
        assert (progress.hints("norm"), progress.materials_done()) == (2, {"video"})
        assert progress.last_exercise() == "norm"
        progress.record("norm", "v", b"", verdict("passed"))
        if word is not None:
            (old,) = path.parent.glob("progress_*.db")
            assert word in progress.message and old.name in progress.message and old.read_bytes() == damaged
    with Progress(path) as progress:
        assert progress.message is None and len(progress.history("norm")) == 51


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_damage_anywhere_loses_nothing(tmp_path_factory: pytest.TempPathFactory, data: st.DataObject) -> None:
    """Overwrites or truncates the store and its journal. The log still has every row, so that all attempts are
    recovered and no others appear."""
    path = tmp_path_factory.mktemp("progress") / "progress.db"
    with Progress(path) as progress:
        for number in range(12):
            progress.record("norm", "v", bytes([number]) * 1000, verdict("failed"))
        before = progress.history("norm")
        folder = tmp_path_factory.mktemp("kill")
        for file in path.parent.iterdir():
            shutil.copy(file, folder)  # the files as a kill leaves them, with the journal
    names = data.draw(st.sampled_from([["progress.db"], ["progress.db-wal"], ["progress.db", "progress.db-wal"]]))
    for name in names:
        content = bytearray((folder / name).read_bytes())
        for _ in range(data.draw(st.integers(1, 4))):
            at = data.draw(st.integers(0, len(content) - 1))
            junk = data.draw(st.binary(min_size=1, max_size=200))
            content[at : at + len(junk)] = junk
        if data.draw(st.booleans()):
            del content[data.draw(st.integers(0, len(content))) :]
        (folder / name).write_bytes(content)
    with Progress(folder / "progress.db") as progress:
        after = {attempt.id: attempt for attempt in progress.history("norm")}
        assert {attempt.id for attempt in before} <= set(after)
        for attempt in before:
            assert after[attempt.id].source == attempt.source
        assert len(after) == len(before)


@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data(), junk=st.binary(min_size=1, max_size=64))
def test_without_the_log_all_intact_pages_are_recovered(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject, junk: bytes
) -> None:
    path = tmp_path_factory.mktemp("progress") / "progress.db"
    before = {attempt.id: attempt for attempt in fill(path, 60)}
    path.with_suffix(".log").unlink()
    content = path.read_bytes()
    leaves = [at for at in range(0, len(content), 4096) if content[at] == 13 and b"x" * 400 in content[at:][:4096]]
    damaged_pages = data.draw(st.lists(st.sampled_from(leaves), min_size=1, max_size=2, unique=True))
    for at in damaged_pages:
        content = content[:at] + (junk * 4096)[:4096] + content[at + 4096 :]
    path.write_bytes(content)
    with Progress(path) as progress:
        after = {attempt.id: attempt for attempt in progress.history("norm")}
        assert progress.message is not None
    assert all(before[number] == attempt for number, attempt in after.items())
    assert len(after) >= 60 - 7 * len(damaged_pages), "a page holds six or seven of these attempts"


def test_a_truncated_line_of_the_log_loses_only_that_line(path: Path) -> None:
    fill(path, 3)
    log = path.with_suffix(".log")
    log.write_bytes(log.read_bytes()[:-20])
    with Progress(path) as progress:
        progress.record("norm", "v", b"next", verdict("passed"))
    attempts = [entry for entry in BackupLog(log).read() if entry.table == "attempt"]
    assert [entry.row["source"] for entry in attempts][-1] == b"next" and len(attempts) == 4
    assert list(BackupLog(log).read())[-1].row["outcome"] == "passed"


def test_a_store_without_a_log_gets_one(path: Path) -> None:
    before = fill(path)
    path.with_suffix(".log").unlink()
    Progress(path).close()
    path.unlink()
    with Progress(path) as progress:
        assert progress.history("norm") == before and progress.hints("norm") == 2


@pytest.mark.parametrize("damage", [Path.unlink, overwrite_with_zeros, damage_middle])
def test_a_store_that_is_damaged_or_deleted_during_use_is_recovered(path: Path, damage: Callable[[Path], None]) -> None:
    fill(path, 5)
    with Progress(path) as progress:
        progress.record("norm", "v", b"before", verdict("failed"))
        for journal in (path.with_name("progress.db-wal"), path.with_name("progress.db-shm")):
            journal.unlink()
        damage(path)
        progress.record("norm", "v", b"after", verdict("failed"))
        assert [attempt.source for attempt in progress.history("norm")][-2:] == [b"before", b"after"]
    with Progress(path) as progress:
        assert [attempt.source for attempt in progress.history("norm")][-2:] == [b"before", b"after"]
        assert len(progress.history("norm")) == 7


def test_a_lost_journal_loses_nothing(path: Path) -> None:
    code = f"""
import os
from pathlib import Path
from learner.progress import Progress
progress = Progress(Path({str(path)!r}))
for source in (b"x", b"y"):
    progress.record("norm", "v", source, {{"outcome": "passed"}})
os.kill(os.getpid(), 9)
"""
    subprocess.run([sys.executable, "-c", code], check=False)
    path.with_name("progress.db-wal").unlink()
    with Progress(path) as progress:
        assert [attempt.source for attempt in progress.history("norm")] == [b"x", b"y"]
        assert progress.message is not None and "2 attempts were recovered" in progress.message


def test_a_kill_during_recovery_loses_nothing(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Interrupts the recovery, without which the rows cannot be restored, before each of its last steps."""
    for step in (recovery, "salvage"), (store, "_rename_old"), (Path, "rename"):
        shutil.rmtree(path.parent, ignore_errors=True)
        before = fill(path)
        path.with_suffix(".log").unlink()
        content = path.read_bytes()
        path.write_bytes(content[:20] + b"\xff\xff\xff\xff" + content[24:])

        def kill(*_: object) -> None:
            raise KeyboardInterrupt

        with monkeypatch.context() as patch:
            patch.setattr(*step, kill)
            with pytest.raises(KeyboardInterrupt):
                Progress(path)
        with Progress(path) as progress:
            assert progress.history("norm") == before, step


def make_newer(path: Path) -> None:
    """Changes a store to a format that a later version of this program could have."""
    with sqlite3.connect(path) as connection:
        connection.executescript(
            "ALTER TABLE attempt ADD COLUMN mood TEXT NOT NULL DEFAULT 'fine'; CREATE TABLE badge (id TEXT);"
            f" PRAGMA user_version = {store.FORMAT_VERSION + 1};"
        )
    connection.close()


def test_a_newer_store_is_unchanged_and_later_takes_over_new_attempts(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = fill(path)
    make_newer(path)
    original = path.read_bytes()
    for number in range(2):
        with Progress(path) as progress:
            assert progress.message is not None and "newer fromscratch" in progress.message
            assert "is not changed" in progress.message
            assert len(progress.history("norm")) == 50 + number
            progress.record("norm", "v", b"old %d" % number, verdict("passed"))
            progress.set_material("paper", True)
    assert path.read_bytes() == original
    monkeypatch.setattr(store, "FORMAT_VERSION", store.FORMAT_VERSION + 1)
    with Progress(path) as progress:
        assert progress.message is None
        history = progress.history("norm")
        assert history[:50] == before and [attempt.source for attempt in history[50:]] == [b"old 0", b"old 1"]
        assert progress.materials_done() == {"video", "paper"}
        assert not path.with_name(f"progress.v{store.FORMAT_VERSION - 1}.db").exists()
    with Progress(path) as progress:
        assert len(progress.history("norm")) == 52
