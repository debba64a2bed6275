"""Reads rows from a damaged database and inserts rows from a backup into a store."""

from __future__ import annotations

import contextlib
import json
import math
import shutil
import sqlite3
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

from learner.backup_log import LogEntry, Row, columns
from learner.stub_manifest import digest

# The search for readable rows ends after this many consecutive ids without one.
MAX_UNREADABLE_IDS = 500
CHECKED_ATTEMPTS = 500
MAX_TIME = 32503680000.0  # the year 3000, later than any wrong clock


def insert_missing(connection: sqlite3.Connection, entries: Iterable[LogEntry], replace: bool) -> int:
    """Inserts rows into a store and returns how many of them were missing.

    A row that the store already has under a different id is not inserted again. `replace` says whether a row replaces
    a different row with the same key. Rows that do not fit the store's tables are skipped.
    """
    keys = {table: _key(connection, table) for table in columns(connection)}
    table_columns = columns(connection)
    inserted = 0
    connection.execute("BEGIN IMMEDIATE")
    try:
        for table, deleted, values in entries:
            row = {name: values[name] for name in table_columns.get(table, ()) if name in values}
            if not row or not set(keys[table]) <= set(row):
                continue
            with contextlib.suppress(sqlite3.IntegrityError, sqlite3.InterfaceError, OverflowError, UnicodeEncodeError):
                if deleted:
                    _delete(connection, table, {name: row[name] for name in keys[table]})
                elif keys[table] == ["id"] and isinstance(row["id"], int) and "at" in row:
                    inserted += _insert_by_id(connection, table, row, replace)
                else:
                    inserted += _insert(connection, table, row, "REPLACE" if replace else "IGNORE")
    except BaseException:
        connection.execute("ROLLBACK")
        raise
    connection.execute("COMMIT")
    return inserted


def is_missing_rows(connection: sqlite3.Connection, entries: Iterable[LogEntry]) -> bool:
    """Whether a store lacks one of these attempts or answers."""
    table_columns = columns(connection)
    for table, _, row in entries:
        if "at" in row and "at" in table_columns.get(table, ()) and isinstance(row.get("id"), int):
            stored = connection.execute(f"SELECT at FROM {table} WHERE id = ?", (row["id"],)).fetchone()
            query = f"SELECT 1 FROM {table} WHERE at = ?"
            if stored != (row["at"],) and not connection.execute(query, (row["at"],)).fetchone():
                return True
    return False


def has_damaged_attempts(connection: sqlite3.Connection) -> bool:
    """Whether one of the latest attempts has changed since it was stored.

    SQLite has no checksums, and checking thousands of attempts would delay the start.
    """
    connection.create_function("digest", 1, lambda source: digest(source) if isinstance(source, bytes) else "")
    latest = f"(SELECT * FROM attempt ORDER BY id DESC LIMIT {CHECKED_ATTEMPTS})"
    query = (
        f"SELECT 1 FROM {latest} WHERE digest != digest(source) OR NOT json_valid(verdict)"
        " OR typeof(at) != 'real' OR typeof(seconds) != 'real' OR at NOT BETWEEN 0 AND ? LIMIT 1"
    )
    return connection.execute(query, (MAX_TIME,)).fetchone() is not None


def salvage(path: Path, store: sqlite3.Connection) -> Iterator[LogEntry]:
    """Yields every valid row for the tables of `store` that SQLite can read from a database file and its journal.

    Works on a copy, because reading a database with a journal changes its files. Raises OSError.
    """
    column_types = {table: _types(store, table) for table in columns(store)}
    with tempfile.TemporaryDirectory() as folder:
        for suffix in ("", "-wal"):
            if (original := path.with_name(path.name + suffix)).exists():
                shutil.copyfile(original, Path(folder) / f"copy.db{suffix}")
        _repair_header(Path(folder) / "copy.db")
        with closing(sqlite3.connect(Path(folder) / "copy.db", isolation_level=None)) as connection:
            connection.text_factory = bytes
            with contextlib.suppress(sqlite3.Error):
                connection.execute("PRAGMA writable_schema=ON")
            for table, types in column_types.items():
                yield from _rows(connection, table, types)


def _repair_header(path: Path) -> None:
    """Writes the header that every store has, so that damage to these bytes does not make pages unreadable.

    https://sqlite.org/fileformat.html#the_database_header
    """
    content = bytearray(path.read_bytes())
    if len(content) >= 100:
        content[:24] = b"SQLite format 3\0" + (4096).to_bytes(2, "big") + bytes([2, 2, 0, 64, 32, 32])
        # If the change counter differs from its copy, SQLite uses the size of the file, not the one in the header.
        content[24:28], content[92:96] = bytes([0, 0, 0, 1]), bytes([0, 0, 0, 2])
        content[44:48], content[56:60] = bytes([0, 0, 0, 4]), bytes([0, 0, 0, 1])
        path.write_bytes(content)


def _rows(connection: sqlite3.Connection, table: str, types: dict[str, str]) -> Iterator[LogEntry]:
    try:
        present = {bytes(row[1]).decode() for row in connection.execute(f"PRAGMA table_info({table})")}
    except (sqlite3.Error, UnicodeDecodeError):
        return
    names = [name for name in types if name in present]
    if not names:
        return
    seen: set[int] = set()
    # The search starts at both ends, because an unreadable page hides the rows behind it.
    for compare, order, step in ((">", "ASC", 1), ("<", "DESC", -1)):
        query = (
            f"SELECT rowid, {', '.join(names)} FROM {table} NOT INDEXED"
            f" WHERE rowid {compare} ? ORDER BY rowid {order} LIMIT 1"
        )
        id, failures = (0, 0) if step > 0 else (2**62, 0)
        while failures < MAX_UNREADABLE_IDS:
            try:
                stored = connection.execute(query, (id,)).fetchone()
            except sqlite3.Error:
                id, failures = id + step, failures + 1
                if id > 2**61:
                    id = max(seen, default=0) + MAX_UNREADABLE_IDS
                continue
            if stored is None or stored[0] in seen or not isinstance(stored[0], int):
                break
            id, failures = stored[0], 0
            seen.add(id)
            row = _validated(table, dict(zip(names, stored[1:], strict=True)), types)
            if row is not None:
                yield LogEntry(table, False, row)


def _validated(table: str, row: Row, types: dict[str, str]) -> Row | None:
    """Returns the row with decoded texts, or None if a value is damaged or does not have its column's type."""
    valid: Row = {}
    for name, value in row.items():
        match types[name], value:
            case ("TEXT", bytes()):
                try:
                    valid[name] = value.decode()
                except UnicodeDecodeError:
                    return None
            case ("INTEGER", int()) | ("BLOB", bytes()):
                valid[name] = value
            case ("REAL", float()) if math.isfinite(value):
                valid[name] = value
            case _:
                return None
    if not 0 <= valid.get("at", 0) < MAX_TIME:
        return None
    if table == "attempt":
        try:
            intact = isinstance(json.loads(valid["verdict"]), dict) and digest(valid["source"]) == valid["digest"]
        except (ValueError, KeyError):
            return None
        return valid if intact else None
    return valid


def _insert_by_id(connection: sqlite3.Connection, table: str, row: Row, replace: bool) -> int:
    """Inserts a row with an id unless the table has the same row; uses a new id if a different row has the id."""
    values = {name: value for name, value in row.items() if name != "id"}
    equal = " + ".join(f"({name} IS ?)" for name in values)
    query = f"SELECT at, {equal} FROM {table} WHERE id = ?"
    stored = connection.execute(query, (*values.values(), row["id"])).fetchone()
    if stored is not None and (stored[0] == row["at"] or stored[1] >= len(values) - 1):
        # It is the same row, either with one damaged value or with an exercise that was renamed later.
        if replace and stored[1] < len(values):
            _insert(connection, table, row, "REPLACE")
        return 0
    same = " AND ".join(f"{name} IS ?" for name in values)
    if connection.execute(f"SELECT 1 FROM {table} WHERE {same} LIMIT 1", (*values.values(),)).fetchone():
        return 0
    return _insert(connection, table, row if stored is None else values, "IGNORE")


def _insert(connection: sqlite3.Connection, table: str, row: Row, on_conflict: str) -> int:
    placeholders = ", ".join("?" * len(row))
    query = f"INSERT OR {on_conflict} INTO {table} ({', '.join(row)}) VALUES ({placeholders})"
    return connection.execute(query, (*row.values(),)).rowcount


def _delete(connection: sqlite3.Connection, table: str, key: Row) -> None:
    where = " AND ".join(f"{name} IS ?" for name in key)
    connection.execute(f"DELETE FROM {table} WHERE {where}", (*key.values(),))


def _key(connection: sqlite3.Connection, table: str) -> list[str]:
    return [row[1] for row in connection.execute(f"PRAGMA table_info({table})") if row[5]]


def _types(connection: sqlite3.Connection, table: str) -> dict[str, Any]:
    return {row[1]: row[2] for row in connection.execute(f"PRAGMA table_info({table})")}
