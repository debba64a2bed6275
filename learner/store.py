"""Opens progress.db: creates it, checks it, and recovers the readable rows of a damaged one."""

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
from learner.backup_log import BackupLog, columns
from learner.errors import ProgressError, explain
from learner.tables import TABLES

FORMAT_VERSION = 3  # version 2 added quiz_answer, version 3 recall and hint_request
DAMAGED = "it is damaged"
UNREADABLE = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}
# Further errors that SQLite reports for a damaged header or schema; 0 stands for a name that is not text.
_HEADER_ERRORS = {0, sqlite3.SQLITE_ERROR, sqlite3.SQLITE_FORMAT, sqlite3.SQLITE_TOOBIG, sqlite3.SQLITE_MISMATCH}

VERSION_1_TABLES = {"attempt", "hint", "solution", "material", "place"}
_OTHER_FORMAT = re.compile(r"progress\.v\d+\.db")


def open_store(path: Path, now: datetime) -> tuple[sqlite3.Connection, str | None]:
    """Returns a connection to the store, and a message if the store had to be recovered or replaced.

    A damaged store is renamed, and a new one gets the rows of its log and all rows that SQLite can read. A store of a
    newer format is not changed: `progress.vN.db` gets new rows until a newer program takes them over. A store that
    cannot be written is copied to memory. Raises ProgressError if none of this succeeds.
    """
    if str(path) == ":memory:":
        memory = sqlite3.connect(":memory:", isolation_level=None, check_same_thread=False)
        _prepare(memory)
        return memory, None
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with _exclusive_lock(path.parent / "progress.lock"):
            return _open(path, now)
    except (sqlite3.Error, OSError) as error:
        problem = describe_error(error, path)
        memory_copy = _in_memory(path)
        if memory_copy is None:
            raise ProgressError(problem) from error
        return memory_copy, f"{problem} Your stored progress is shown, but nothing new is stored until the next start."


def _open(path: Path, now: datetime) -> tuple[sqlite3.Connection, str | None]:
    rebuilt = path.with_name("progress.new.db")
    if rebuilt.exists() and not path.exists():
        rebuilt.rename(path)  # the program was killed between the last two steps of a rebuild
    connection, problem, version = _connect(path)
    if connection is None and version > FORMAT_VERSION:
        return _open_older_format(path, version, now)
    log = BackupLog(path.with_suffix(".log"))
    message = None
    if connection is None:
        connection, message = _rebuild(path, rebuilt, log, problem, now)
    for other in sorted(file for file in path.parent.iterdir() if _OTHER_FORMAT.fullmatch(file.name)):
        with contextlib.suppress(sqlite3.Error, OSError):
            recovery.insert_missing(connection, recovery.salvage(other, connection), replace=True)
            _rename_old(other, now)
    if not log.path.exists():
        log.write_all(connection)
    elif (
        recovery.is_missing_rows(connection, log.read(tail=True))
        and recovery.insert_missing(connection, log.read(), replace=True) > 1
    ):  # a program that is killed before it commits a logged change leaves one row
        message = f"Attempts were missing in {path}. {_recovered(connection)}."
    log.attach(connection)
    return connection, message


def _rebuild(path: Path, rebuilt: Path, log: BackupLog, problem: str, now: datetime) -> tuple[sqlite3.Connection, str]:
    """Creates a store from the readable rows of a damaged one and its log, and then renames the damaged one."""
    for suffix in ("", "-wal", "-shm"):
        rebuilt.with_name(rebuilt.name + suffix).unlink(missing_ok=True)
    new, _, _ = _connect(rebuilt)
    assert new is not None  # it was empty
    with closing(new):
        if log.path.exists():
            recovery.insert_missing(new, log.read(), replace=True)
        recovery.insert_missing(new, recovery.salvage(path, new), replace=False)
    old = _rename_old(path, now)
    rebuilt.rename(path)
    connection, new_problem, _ = _connect(path)
    if connection is None:
        raise ProgressError(f"{path} cannot be used: {new_problem}. Move it away and start again.")
    message = (
        f"Your progress could not be read: {problem}. {_recovered(connection)}; the old file was renamed to {old}."
    )
    return connection, message


def _recovered(connection: sqlite3.Connection) -> str:
    """Returns the number of attempts in a recovered store, as the beginning of a sentence."""
    count, last = connection.execute("SELECT count(*), max(id) FROM attempt").fetchone()
    missing = f", {last - count} could not be read" if count and last > count else ""
    were = "attempt was" if count == 1 else "attempts were"
    return f"{count} {were} recovered{missing}"


def _open_older_format(path: Path, version: int, now: datetime) -> tuple[sqlite3.Connection, str | None]:
    """Opens a store of this program's format, with the rows of a newer store that fit it."""
    own = path.with_name(f"progress.v{FORMAT_VERSION}.db")
    connection, problem, _ = _connect(own)
    if connection is None:
        _rename_old(own, now)
        connection, problem, _ = _connect(own)
        if connection is None:
            raise ProgressError(f"{own} cannot be used: {problem}. Move it away and start again.")
    recovery.insert_missing(connection, recovery.salvage(path, connection), replace=False)
    BackupLog(path.with_suffix(".log")).attach(connection)
    return connection, (
        f"{path} was created by a newer fromscratch (format {version}; this version reads up to {FORMAT_VERSION}) and "
        f"is not changed. New progress is stored in {own.name} until the newer version runs. Update this one."
    )


def _in_memory(path: Path) -> sqlite3.Connection | None:
    """Returns a copy in memory of a store on the disk, or None if it cannot be read."""
    memory = sqlite3.connect(":memory:", isolation_level=None, check_same_thread=False)
    for mode in ("mode=ro", "immutable=1"):
        # In a read-only folder, SQLite can open a store in WAL mode only as immutable.
        try:
            with closing(sqlite3.connect(f"{path.absolute().as_uri()}?{mode}", uri=True)) as stored:
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
def _exclusive_lock(lock: Path) -> Iterator[None]:
    """Prevents two programs from opening a store at the same time, where the system can lock files."""
    try:
        import fcntl
    except ImportError:
        yield
        return
    with lock.open("a") as file:
        with contextlib.suppress(OSError):
            fcntl.flock(file, fcntl.LOCK_EX)
        yield


def file_identity(path: Path) -> tuple[int, int] | None:
    """Returns a value that changes when a file is replaced, or None if there is no file."""
    try:
        status = path.stat()
    except OSError:
        return None
    return (status.st_dev, status.st_ino)


def describe_error(error: Exception, path: Path) -> str:
    """Returns a sentence that explains an error of SQLite or of the disk."""
    if path.is_dir():
        return f"{path} is a folder, but must be a file. Move the folder away."
    if isinstance(error, OSError):
        return explain(error, path)
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    if code == sqlite3.SQLITE_IOERR and path.parent.exists() and shutil.disk_usage(path.parent).free < 2**16:
        code = sqlite3.SQLITE_FULL  # SQLite reports an I/O error if there is no space for its shared memory
    match code:
        case sqlite3.SQLITE_FULL:
            return f"The disk is full: progress could not be stored in {path}. Free some space and try again."
        case sqlite3.SQLITE_READONLY | sqlite3.SQLITE_CANTOPEN | sqlite3.SQLITE_PERM:
            return f"{path} cannot be written. Check its permissions, or choose a different workspace."
        case sqlite3.SQLITE_BUSY | sqlite3.SQLITE_LOCKED:
            return f"{path} is in use by a different program. Close the other fromscratch and try again."
        case sqlite3.SQLITE_CORRUPT | sqlite3.SQLITE_NOTADB:
            return f"{path} is damaged. Start fromscratch again: it renames the file and creates a new one."
        case _:
            return f"Progress could not be stored in {path} ({error}). Check the disk and try again."


def _connect(path: Path) -> tuple[sqlite3.Connection | None, str, int]:
    """Returns a connection to an intact store, or else None, the problem, and the version in the file."""
    connection = sqlite3.connect(path, timeout=5.0, isolation_level=None, check_same_thread=False)
    version = 0
    try:
        (version,) = connection.execute("PRAGMA user_version").fetchone()
        problem = _problem(connection)
        if not problem:
            _prepare(connection)
            return connection, "", version
    except sqlite3.DatabaseError as error:
        if getattr(error, "sqlite_errorcode", 0) & 0xFF not in UNREADABLE | _HEADER_ERRORS:
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
        return "it was not created by fromscratch"
    (result,) = connection.execute("PRAGMA integrity_check(1)").fetchone()
    if result != "ok" or not 0 <= version < 1000:
        return DAMAGED
    if version > FORMAT_VERSION:
        return "it was created by a newer fromscratch"
    # A file that was truncated to one page can be a valid database that lacks tables.
    expected, present = _expected_columns(), columns(connection)
    if version and not all(expected[table] <= set(present.get(table, ())) for table in VERSION_1_TABLES):
        return DAMAGED
    return DAMAGED if version and recovery.has_damaged_attempts(connection) else ""


@cache
def _expected_columns() -> dict[str, set[str]]:
    """Returns the columns of every table of the present format."""
    with closing(sqlite3.connect(":memory:")) as memory:
        memory.executescript(TABLES)
        return {table: set(names) for table, names in columns(memory).items()}


def _prepare(connection: sqlite3.Connection) -> None:
    _choose_journal(connection)
    connection.execute("PRAGMA synchronous=FULL")
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    if version < FORMAT_VERSION:
        connection.executescript(f"BEGIN IMMEDIATE; {TABLES} PRAGMA user_version={FORMAT_VERSION}; COMMIT;")


def _choose_journal(connection: sqlite3.Connection) -> None:
    for attempt in range(100):
        try:
            connection.execute("PRAGMA journal_mode=WAL")
            return
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or attempt == 99:
                break
            # A second fromscratch is creating the store; SQLite's timeout does not apply to this step.
            time.sleep(0.05)
    # WAL needs shared memory, which some network disks lack; a rollback journal is equally safe.
    connection.execute("PRAGMA journal_mode=DELETE")


def _rename_old(path: Path, now: datetime) -> Path:
    """Renames a database together with its journal, which holds the latest rows."""
    timestamp = now.strftime("%Y-%m-%d_%H.%M.%S")
    number = 1
    while True:
        suffix = f"_{number}" if number > 1 else ""
        renamed = path.with_name(f"{path.stem}_{timestamp}{suffix}{path.suffix}")
        if not renamed.exists():
            break
        number += 1
    for suffix in ("-wal", "-shm", ""):
        file = path.with_name(path.name + suffix)
        if file.exists():
            file.rename(renamed.with_name(renamed.name + suffix))
    return renamed
