"""Opens progress.db: makes it, checks it, and where it cannot be used goes on with what can be read of it."""

from __future__ import annotations

import contextlib
import re
import shutil
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing
from datetime import datetime
from functools import cache
from pathlib import Path

from learner import recovery
from learner.backup_log import Log, columns
from learner.errors import ProgressError, explain

VERSION = 2  # 2 brought quiz_answer
DAMAGED = "it is damaged"
UNREADABLE = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}
# What SQLite answers besides where bytes of the header or the schema are damaged; 0: a name that is no text.
_ODD = {0, sqlite3.SQLITE_ERROR, sqlite3.SQLITE_FORMAT, sqlite3.SQLITE_TOOBIG, sqlite3.SQLITE_MISMATCH}

# The tables of version 1, which every store has.
OLDEST = {"attempt", "hint", "solution", "material", "place"}
_BESIDE = re.compile(r"progress\.v\d+\.db")
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
    """A connection to the store, and a sentence for the learner if it is not simply the one that was there.

    A damaged store is kept aside, and a new one gets what its log and SQLite can still read. A newer one stays as
    it is: `progress.vN.db` takes what is new, and the newer program takes that over. One that cannot be written is
    shown from memory. Raises ProgressError where nothing of this can be done.
    """
    if str(path) == ":memory:":
        memory = sqlite3.connect(":memory:", isolation_level=None, check_same_thread=False)
        _prepare(memory)
        return memory, None
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with _alone(path.parent / "progress.lock"):
            return _open(path, now)
    except (sqlite3.Error, OSError) as error:
        shown = _in_memory(path)
        if shown is None:
            raise ProgressError(says(error, path)) from error
        return shown, f"{says(error, path)} What was stored is shown; nothing new is remembered until the next start."


def _open(path: Path, now: datetime) -> tuple[sqlite3.Connection, str | None]:
    mended = path.with_name("progress.new.db")
    if mended.exists() and not path.exists():
        mended.rename(path)  # a kill came between the last two steps of mending
    connection, wrong, version = _try(path)
    if connection is None and version > VERSION:
        return _beside_newer(path, version, now)
    log = Log(path.with_suffix(".log"))
    message = None
    if connection is None:
        connection, message = _mend(path, mended, log, wrong, now)
    for beside in sorted(one for one in path.parent.iterdir() if _BESIDE.fullmatch(one.name)):
        with contextlib.suppress(sqlite3.Error, OSError):
            recovery.put(connection, recovery.salvage(beside, connection), over=True)
            _set_aside(beside, now)
    if not log.path.exists():
        log.begin(connection)
    elif recovery.lacks(connection, log.read(tail=True)) and recovery.put(connection, log.read(), over=True):
        message = f"Attempts were missing in {path}. {_found(connection)}."
    log.follow(connection)
    return connection, message


def _mend(path: Path, mended: Path, log: Log, wrong: str, now: datetime) -> tuple[sqlite3.Connection, str]:
    """Makes a store from what can be read of a damaged one and its log; only then the old one is moved away."""
    for suffix in ("", "-wal", "-shm"):
        mended.with_name(mended.name + suffix).unlink(missing_ok=True)
    new, _, _ = _try(mended)
    assert new is not None  # it was empty
    with closing(new):
        if log.path.exists():
            recovery.put(new, log.read(), over=True)
        recovery.put(new, recovery.salvage(path, new), over=False)
    kept = _set_aside(path, now)
    mended.rename(path)
    connection, again, _ = _try(path)
    if connection is None:
        raise ProgressError(f"{path} cannot be used: {again}. Move it away and start again.")
    return (
        connection,
        f"Your progress could not be read: {wrong}. {_found(connection)}; the old file is kept as {kept}.",
    )


def _found(connection: sqlite3.Connection) -> str:
    """How many attempts a store that was put together again has, as the beginning of a sentence."""
    count, last = connection.execute("SELECT count(*), max(id) FROM attempt").fetchone()
    missing = f", {last - count} could not be read" if count and last > count else ""
    were = "attempt was" if count == 1 else "attempts were"
    return f"{count} {were} recovered{missing}"


def _beside_newer(path: Path, version: int, now: datetime) -> tuple[sqlite3.Connection, str | None]:
    """Goes on in a store of this program's own, with what it understands of the newer one."""
    own = path.with_name(f"progress.v{VERSION}.db")
    connection, wrong, _ = _try(own)
    if connection is None:
        _set_aside(own, now)
        connection, wrong, _ = _try(own)
        if connection is None:
            raise ProgressError(f"{own} cannot be used: {wrong}. Move it away and start again.")
    recovery.put(connection, recovery.salvage(path, connection), over=False)
    Log(path.with_suffix(".log")).follow(connection)
    return connection, (
        f"{path} was made by a newer fromscratch (format {version}, this one knows {VERSION}) and stays as it is; "
        f"what you do now is kept in {own.name}, and the newer fromscratch takes it over. Better update this one."
    )


def _in_memory(path: Path) -> sqlite3.Connection | None:
    """A store in memory with what a store on the disk holds; None if that cannot be read."""
    memory = sqlite3.connect(":memory:", isolation_level=None, check_same_thread=False)
    for how in ("mode=ro", "immutable=1"):
        # Without a place for its shared memory, a store in WAL mode can only be read as immutable.
        try:
            with closing(sqlite3.connect(f"{path.absolute().as_uri()}?{how}", uri=True)) as stored:
                stored.backup(memory)
            if _problem(memory) or not memory.execute("PRAGMA user_version").fetchone()[0]:
                break
            _prepare(memory)
            return memory
        except sqlite3.Error:
            continue
    memory.close()
    return None


@contextlib.contextmanager
def _alone(lock: Path) -> Iterator[None]:
    """Two programs that open, mend or move a store take turns, where the system can lock files."""
    try:
        import fcntl
    except ImportError:
        yield
        return
    with lock.open("a") as file:
        with contextlib.suppress(OSError):
            fcntl.flock(file, fcntl.LOCK_EX)
        yield


def identity(path: Path) -> tuple[int, int] | None:
    """What tells a file from another one under its name; None where there is none."""
    try:
        found = path.stat()
    except OSError:
        return None
    return (found.st_dev, found.st_ino)


def says(error: Exception, path: Path) -> str:
    """A sentence for a failure of SQLite or of the disk."""
    if path.is_dir():
        return f"{path} is a folder, but must be a file. Move the folder away."
    if isinstance(error, OSError):
        return explain(error, path)
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    if code == sqlite3.SQLITE_IOERR and path.parent.exists() and shutil.disk_usage(path.parent).free < 2**16:
        code = sqlite3.SQLITE_FULL  # SQLite's shared memory found no room, which it tells as a fault of the disk
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


def _try(path: Path) -> tuple[sqlite3.Connection | None, str, int]:
    """A connection to a store that is ours and whole; else None, what is wrong, and the version it says it has."""
    connection = sqlite3.connect(path, timeout=5.0, isolation_level=None, check_same_thread=False)
    version = 0
    try:
        (version,) = connection.execute("PRAGMA user_version").fetchone()
        problem = _problem(connection)
        if not problem:
            _prepare(connection)
            return connection, "", version
    except sqlite3.DatabaseError as error:
        if getattr(error, "sqlite_errorcode", 0) & 0xFF not in UNREADABLE | _ODD:
            connection.close()
            raise
        problem = DAMAGED
    except BaseException:
        connection.close()
        raise
    connection.close()
    return None, problem, 0 if problem == DAMAGED else version


def _problem(connection: sqlite3.Connection) -> str:
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    tables = {name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    if version == 0 and tables:
        return "it is not a file of fromscratch"
    (found,) = connection.execute("PRAGMA integrity_check(1)").fetchone()
    if found != "ok" or not 0 <= version < 1000:
        return DAMAGED
    if version > VERSION:
        return "it was made by a newer fromscratch"
    # A file that is cut to one page can be a whole database which lacks tables.
    shape, there = _shape(), columns(connection)
    if version and not all(shape[table] <= set(there.get(table, ())) for table in OLDEST):
        return DAMAGED
    return DAMAGED if version and recovery.spoilt(connection) else ""


@cache
def _shape() -> dict[str, set[str]]:
    """The columns of every table."""
    with closing(sqlite3.connect(":memory:")) as memory:
        memory.executescript(_TABLES)
        return {table: set(names) for table, names in columns(memory).items()}


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
