"""A store that is damaged, newer, busy or full: told in words, kept aside, never lost."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from learner.progress import Progress, ProgressError, passed_exercises


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "work" / ".fromscratch" / "progress.db"


def verdict(outcome: str) -> dict[str, object]:
    return {"outcome": outcome, "seconds": 0.25}


def damage_header(path: Path) -> None:
    path.write_bytes(b"this is no database at all" * 100)


def damage_middle(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[4096:] = b"\x5a" * (len(content) - 4096)
    path.write_bytes(content)


def cut_off(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:5000])


def from_the_future(path: Path) -> None:
    with sqlite3.connect(path) as connection:
        connection.execute("PRAGMA user_version = 99")
    connection.close()


def of_another_program(path: Path) -> None:
    path.unlink()
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE song (name TEXT)")
    connection.close()


@pytest.mark.parametrize(
    ("damage", "word"),
    [
        (damage_header, "damaged"),
        (damage_middle, "damaged"),
        (cut_off, "damaged"),
        (from_the_future, "newer fromscratch"),
        (of_another_program, "not a file of fromscratch"),
    ],
)
def test_an_unreadable_store_is_kept_aside(path: Path, damage: Callable[[Path], None], word: str) -> None:
    with Progress(path) as progress:
        for _ in range(50):
            progress.record("norm", "v", b"x" * 500, verdict("failed"))
    damage(path)
    spoilt = path.read_bytes()
    with Progress(path, lambda: datetime(2024, 10, 5, tzinfo=UTC)) as progress:
        assert progress.message is not None and word in progress.message
        assert progress.history("norm") == []
        progress.record("norm", "v", b"", verdict("passed"))
    (kept,) = path.parent.glob("progress_*.db")
    assert kept.read_bytes() == spoilt and kept.name in progress.message
    with Progress(path) as progress:
        assert progress.message is None and len(progress.history("norm")) == 1


def test_a_store_kept_aside_takes_its_journal_along(path: Path) -> None:
    code = f"""
import os, sqlite3
from pathlib import Path
from learner.progress import Progress
progress = Progress(Path({str(path)!r}))
progress.record("norm", "v", b"x", {{"outcome": "passed"}})
progress._connection.execute("PRAGMA user_version = 99")
os.kill(os.getpid(), 9)
"""
    subprocess.run([sys.executable, "-c", code], check=False)
    with Progress(path) as progress:
        assert progress.message is not None
    (kept,) = path.parent.glob("progress_*.db")
    with sqlite3.connect(kept) as connection:
        assert connection.execute("SELECT exercise FROM attempt").fetchall() == [("norm",)]
    connection.close()


def test_a_store_that_cannot_be_made_is_told_in_words(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    (tmp_path / "folder.db").mkdir()
    with pytest.raises(ProgressError, match="Move it away"):
        Progress(tmp_path / "file" / "progress.db")
    with pytest.raises(ProgressError, match="is a folder"):
        Progress(tmp_path / "folder.db")


def test_a_store_that_is_busy_is_told_in_words(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
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
