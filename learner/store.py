"""Opens progress.db: makes it, checks it, and keeps aside what cannot be read."""

from __future__ import annotations

import sqlite3
import time
from datetime import datetime
from pathlib import Path

from learner.errors import ProgressError, explain

VERSION = 2  # 2 brought quiz_answer
_UNREADABLE = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}

_TABLES = """
CREATE TABLE IF NOT EXISTS attempt (
  id INTEGER PRIMARY KEY,
  exercise TEXT NOT NULL,
  version TEXT NOT NULL,
  at REAL NOT NULL,
  outcome TEXT NOT NULL,
  seconds REAL NOT NULL,
  digest TEXT NOT NULL,
  source BLOB NOT NULL,
  verdict TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS attempt_exercise ON attempt (exercise, version, outcome);
CREATE TABLE IF NOT EXISTS hint (exercise TEXT PRIMARY KEY, taken INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS solution (exercise TEXT PRIMARY KEY, at REAL NOT NULL);
CREATE TABLE IF NOT EXISTS material (id TEXT PRIMARY KEY, at REAL NOT NULL);
CREATE TABLE IF NOT EXISTS place (name TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS quiz_answer (
  id INTEGER PRIMARY KEY,
  quiz TEXT NOT NULL,
  version TEXT NOT NULL,
  run INTEGER NOT NULL,
  question TEXT NOT NULL,
  choice INTEGER NOT NULL,
  total INTEGER NOT NULL,
  at REAL NOT NULL,
  UNIQUE (quiz, run, question)
);
"""


def open_store(path: Path, now: datetime) -> tuple[sqlite3.Connection, str | None]:
    """A connection to the store, and a message if an unreadable one was kept aside for a fresh one.

    Raises ProgressError where no store can be made.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        connection, wrong = _try(path)
        if connection is not None:
            return connection, None
        kept = _set_aside(path, now)
        connection, again = _try(path)
        if connection is None:
            raise ProgressError(f"{path} cannot be used: {again}. Move it away and start again.")
    except (sqlite3.Error, OSError) as error:
        raise ProgressError(says(error, path)) from error
    return (
        connection,
        f"Your progress could not be read: {wrong}. It is kept as {kept}, and a new one begins.",
    )


def says(error: Exception, path: Path) -> str:
    """A sentence for a failure of SQLite or of the disk."""
    if path.is_dir():
        return f"{path} is a folder, but must be a file. Move the folder away."
    if isinstance(error, OSError):
        return explain(error, path)
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    match code:
        case sqlite3.SQLITE_FULL:
            return f"The disk is full: progress could not be stored in {path}. Free some space and try again."
        case sqlite3.SQLITE_READONLY | sqlite3.SQLITE_CANTOPEN | sqlite3.SQLITE_PERM:
            return f"{path} cannot be written. Check its permissions, or choose another workspace."
        case sqlite3.SQLITE_BUSY | sqlite3.SQLITE_LOCKED:
            return f"{path} is in use by another program. Close the other fromscratch and try again."
        case sqlite3.SQLITE_CORRUPT | sqlite3.SQLITE_NOTADB:
            return f"{path} is damaged. Start fromscratch again: it keeps the file and begins a new one."
        case _:
            return f"Progress could not be stored in {path} ({error}). Check the disk and try again."


def _try(path: Path) -> tuple[sqlite3.Connection | None, str]:
    """A connection to a store that is ours and whole; else None and what is wrong."""
    connection = sqlite3.connect(path, timeout=5.0, isolation_level=None, check_same_thread=False)
    try:
        problem = _problem(connection)
        if not problem:
            _prepare(connection)
            return connection, ""
    except sqlite3.DatabaseError as error:
        if error.sqlite_errorcode & 0xFF not in _UNREADABLE:
            connection.close()
            raise
        problem = "it is damaged"
    except BaseException:
        connection.close()
        raise
    connection.close()
    return None, problem


def _problem(connection: sqlite3.Connection) -> str:
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    if version > VERSION:
        return "it was made by a newer fromscratch"
    (tables,) = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
    if version == 0 and tables:
        return "it is not a file of fromscratch"
    (found,) = connection.execute("PRAGMA quick_check(1)").fetchone()
    return "" if found == "ok" else "it is damaged"


def _prepare(connection: sqlite3.Connection) -> None:
    _choose_journal(connection)
    connection.execute("PRAGMA synchronous=FULL")
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    if version < VERSION:
        connection.executescript(f"BEGIN IMMEDIATE; {_TABLES} PRAGMA user_version={VERSION}; COMMIT;")


def _choose_journal(connection: sqlite3.Connection) -> None:
    for attempt in range(100):
        try:
            connection.execute("PRAGMA journal_mode=WAL")
            return
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or attempt == 99:
                break
            # Another fromscratch is making the same store; SQLite's own time-out does not cover this step.
            time.sleep(0.05)
    # Some network disks offer no shared memory, which WAL needs; the old journal loses nothing either.
    connection.execute("PRAGMA journal_mode=DELETE")


def _set_aside(path: Path, now: datetime) -> Path:
    """Moves a database away together with its journal, without which it would lose its last entries."""
    stamp = now.strftime("%Y-%m-%d_%H.%M.%S")
    number = 1
    while True:
        again = f"_{number}" if number > 1 else ""
        kept = path.with_name(f"{path.stem}_{stamp}{again}{path.suffix}")
        if not kept.exists():
            break
        number += 1
    for suffix in ("-wal", "-shm", ""):
        beside = path.with_name(path.name + suffix)
        if beside.exists():
            beside.rename(kept.with_name(kept.name + suffix))
    return kept
