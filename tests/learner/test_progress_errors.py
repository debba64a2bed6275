"""A store that is busy, full, damaged or cannot be created: the error says so, and the store is unchanged."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from learner.passed import passed_exercises
from learner.progress import Progress, ProgressError


def verdict(outcome: str) -> dict[str, object]:
    return {"outcome": outcome, "seconds": 0.25}


def test_a_store_that_cannot_be_created_raises_an_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    (tmp_path / "folder.db").mkdir()
    with pytest.raises(ProgressError, match="Move it away"):
        Progress(tmp_path / "file" / "progress.db")
    with pytest.raises(ProgressError, match="is a folder"):
        Progress(tmp_path / "folder.db")


def test_a_busy_store_raises_an_error(path: Path) -> None:
    with Progress(path) as progress, sqlite3.connect(path, isolation_level=None) as connection:
        progress._connection.execute("PRAGMA busy_timeout = 50")
        connection.execute("BEGIN IMMEDIATE")
        with pytest.raises(ProgressError, match="a different program"):
            progress.record("norm", "v", b"", verdict("failed"))
        connection.execute("ROLLBACK")
        progress.record("norm", "v", b"", verdict("failed"))
    connection.close()


def test_a_full_disk_raises_an_error(path: Path) -> None:
    with Progress(path) as progress:
        pages = progress._connection.execute("PRAGMA page_count").fetchone()[0]
        progress._connection.execute(f"PRAGMA max_page_count = {pages}")
        with pytest.raises(ProgressError, match="disk is full"):
            progress.record("norm", "v", b"x" * 100_000, verdict("failed"))
        assert progress.history("norm") == []


def test_passed_exercises_does_not_change_a_damaged_store(path: Path) -> None:
    assert passed_exercises(path) == set()
    assert not path.parent.exists()
    path.parent.mkdir(parents=True)
    path.write_bytes(b"broken" * 1000)
    assert passed_exercises(path) == set()
    assert path.read_bytes() == b"broken" * 1000
