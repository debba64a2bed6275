"""A store that is busy, full, broken or cannot be made: told in words, and left as it is."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from learner.progress import Progress, ProgressError, passed_exercises


def verdict(outcome: str) -> dict[str, object]:
    return {"outcome": outcome, "seconds": 0.25}


def test_a_store_that_cannot_be_made_is_told_in_words(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    (tmp_path / "folder.db").mkdir()
    with pytest.raises(ProgressError, match="Move it away"):
        Progress(tmp_path / "file" / "progress.db")
    with pytest.raises(ProgressError, match="is a folder"):
        Progress(tmp_path / "folder.db")


def test_a_store_that_is_busy_is_told_in_words(path: Path) -> None:
    with Progress(path) as progress, sqlite3.connect(path, isolation_level=None) as other:
        progress._connection.execute("PRAGMA busy_timeout = 50")
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(ProgressError, match="another program"):
            progress.record("norm", "v", b"", verdict("failed"))
        other.execute("ROLLBACK")
        progress.record("norm", "v", b"", verdict("failed"))
    other.close()


def test_a_full_disk_is_told_in_words(path: Path) -> None:
    with Progress(path) as progress:
        pages = progress._connection.execute("PRAGMA page_count").fetchone()[0]
        progress._connection.execute(f"PRAGMA max_page_count = {pages}")
        with pytest.raises(ProgressError, match="disk is full"):
            progress.record("norm", "v", b"x" * 100_000, verdict("failed"))
        assert progress.history("norm") == []


def test_passes_are_read_without_touching_a_broken_store(path: Path) -> None:
    assert passed_exercises(path) == set()
    assert not path.parent.exists()
    path.parent.mkdir(parents=True)
    path.write_bytes(b"broken" * 1000)
    assert passed_exercises(path) == set()
    assert path.read_bytes() == b"broken" * 1000
