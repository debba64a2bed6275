"""Gets rows out of a damaged database, one by one, and puts rows that another copy holds into a store."""

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

from learner.backup_log import Entry, Row, columns
from learner.stub_manifest import digest

# After so many row numbers in a row without one that can be read, a search ends.
PATIENCE = 500
LATELY = 500
LATEST = 32503680000.0  # the year 3000: no clock is that wrong


def put(connection: sqlite3.Connection, entries: Iterable[Entry], over: bool) -> int:
    """Puts rows into a store, and returns how many of them it lacked.

    A row that is there already is not put twice, whatever its number. Where a key has another row, `over` says
    which of the two holds. What does not fit into the store's tables is left out.
    """
    keys = {table: _key(connection, table) for table in columns(connection)}
    known = columns(connection)
    new = 0
    connection.execute("BEGIN IMMEDIATE")
    try:
        for table, gone, whole in entries:
            row = {name: whole[name] for name in known.get(table, ()) if name in whole}
            if not row or not set(keys[table]) <= set(row):
                continue
            with contextlib.suppress(sqlite3.IntegrityError, sqlite3.InterfaceError, OverflowError, UnicodeEncodeError):
                if gone:
                    _delete(connection, table, {name: row[name] for name in keys[table]})
                elif keys[table] == ["id"] and isinstance(row["id"], int) and "at" in row:
                    new += _add(connection, table, row, over)
                else:
                    new += _insert(connection, table, row, "REPLACE" if over else "IGNORE")
    except BaseException:
        connection.execute("ROLLBACK")
        raise
    connection.execute("COMMIT")
    return new


def lacks(connection: sqlite3.Connection, entries: Iterable[Entry]) -> bool:
    """Whether a store lacks one of these numbered rows: an attempt or an answer."""
    known = columns(connection)
    for table, _, row in entries:
        if table in known and isinstance(row.get("id"), int) and "at" in row and "at" in known[table]:
            found = connection.execute(f"SELECT at FROM {table} WHERE id = ?", (row["id"],)).fetchone()
            if found != (row["at"],) and not connection.execute(
                f"SELECT 1 FROM {table} WHERE at = ?", (row["at"],)
            ).fetchone():  # fmt: skip
                return True
    return False


def spoilt(connection: sqlite3.Connection) -> bool:
    """Whether one of the latest attempts has been changed since it was stored, as far as its row can tell.

    SQLite has no checksums; to look at all of thousands of attempts would hold up the start.
    """
    connection.create_function("digest", 1, lambda source: digest(source) if isinstance(source, bytes) else "")
    lately = f"(SELECT * FROM attempt ORDER BY id DESC LIMIT {LATELY})"
    query = (
        f"SELECT 1 FROM {lately} WHERE digest != digest(source) OR NOT json_valid(verdict)"
        " OR typeof(at) != 'real' OR typeof(seconds) != 'real' OR at NOT BETWEEN 0 AND ? LIMIT 1"
    )
    return connection.execute(query, (LATEST,)).fetchone() is not None


def salvage(path: Path, like: sqlite3.Connection) -> Iterator[Entry]:
    """Every sound row of a database's file and its journal that SQLite can still read, for the tables of `like`.

    Works on a copy: reading a database with a journal changes its files. Raises OSError.
    """
    wanted = {table: _types(like, table) for table in columns(like)}
    with tempfile.TemporaryDirectory() as folder:
        for suffix in ("", "-wal"):
            if (beside := path.with_name(path.name + suffix)).exists():
                shutil.copyfile(beside, Path(folder) / f"copy.db{suffix}")
        _repair_header(Path(folder) / "copy.db")
        with closing(sqlite3.connect(Path(folder) / "copy.db", isolation_level=None)) as connection:
            connection.text_factory = bytes
            with contextlib.suppress(sqlite3.Error):
                connection.execute("PRAGMA writable_schema=ON")
            for table, types in wanted.items():
                yield from _rows(connection, table, types)


def _repair_header(path: Path) -> None:
    """Writes what the header of every store of ours says, so that a flaw in these bytes hides no page.

    https://sqlite.org/fileformat.html#the_database_header
    """
    content = bytearray(path.read_bytes())
    if len(content) >= 100:
        content[:24] = b"SQLite format 3\0" + (4096).to_bytes(2, "big") + bytes([2, 2, 0, 64, 32, 32])
        # A change counter that differs from its copy: the size of the file counts, not the one in the header.
        content[24:28], content[92:96] = bytes([0, 0, 0, 1]), bytes([0, 0, 0, 2])
        content[44:48], content[56:60] = bytes([0, 0, 0, 4]), bytes([0, 0, 0, 1])
        path.write_bytes(content)


def _rows(connection: sqlite3.Connection, table: str, types: dict[str, str]) -> Iterator[Entry]:
    try:
        there = {bytes(row[1]).decode() for row in connection.execute(f"PRAGMA table_info({table})")}
    except (sqlite3.Error, UnicodeDecodeError):
        return
    names = [name for name in types if name in there]
    if not names:
        return
    seen: set[int] = set()
    # From both ends: a page that cannot be read hides what lies behind it.
    for compare, order, step in ((">", "ASC", 1), ("<", "DESC", -1)):
        query = (
            f"SELECT rowid, {', '.join(names)} FROM {table} NOT INDEXED"
            f" WHERE rowid {compare} ? ORDER BY rowid {order} LIMIT 1"
        )
        at, failures = (0, 0) if step > 0 else (2**62, 0)
        while failures < PATIENCE:
            try:
                found = connection.execute(query, (at,)).fetchone()
            except sqlite3.Error:
                at, failures = at + step, failures + 1
                if at > 2**61:
                    at = max(seen, default=0) + PATIENCE
                continue
            if found is None or found[0] in seen or not isinstance(found[0], int):
                break
            at, failures = found[0], 0
            seen.add(at)
            row = _sound(table, dict(zip(names, found[1:], strict=True)), types)
            if row is not None:
                yield Entry(table, False, row)


def _sound(table: str, row: Row, types: dict[str, str]) -> Row | None:
    """The row with its texts as text; None if a value is not of its column's type, or is changed by damage."""
    good: Row = {}
    for name, value in row.items():
        match types[name], value:
            case ("TEXT", bytes()):
                try:
                    good[name] = value.decode()
                except UnicodeDecodeError:
                    return None
            case ("INTEGER", int()) | ("BLOB", bytes()):
                good[name] = value
            case ("REAL", float()) if math.isfinite(value):
                good[name] = value
            case _:
                return None
    if not 0 <= good.get("at", 0) < LATEST:
        return None
    if table == "attempt":
        try:
            whole = isinstance(json.loads(good["verdict"]), dict) and digest(good["source"]) == good["digest"]
        except (ValueError, KeyError):
            return None
        return good if whole else None
    return good


def _add(connection: sqlite3.Connection, table: str, row: Row, over: bool) -> int:
    """Puts a numbered row in, unless the same one is there; under another number where its own is taken."""
    rest = {name: value for name, value in row.items() if name != "id"}
    equal = " + ".join(f"({name} IS ?)" for name in rest)
    query = f"SELECT at, {equal} FROM {table} WHERE id = ?"
    there = connection.execute(query, (*rest.values(), row["id"])).fetchone()
    if there is not None and (there[0] == row["at"] or there[1] >= len(rest) - 1):
        # The same row: renamed later, or with one value that is damaged.
        if over and there[1] < len(rest):
            _insert(connection, table, row, "REPLACE")
        return 0
    same = " AND ".join(f"{name} IS ?" for name in rest)
    if connection.execute(f"SELECT 1 FROM {table} WHERE {same} LIMIT 1", (*rest.values(),)).fetchone():
        return 0
    return _insert(connection, table, row if there is None else rest, "IGNORE")


def _insert(connection: sqlite3.Connection, table: str, row: Row, otherwise: str) -> int:
    marks = ", ".join("?" * len(row))
    query = f"INSERT OR {otherwise} INTO {table} ({', '.join(row)}) VALUES ({marks})"
    return connection.execute(query, (*row.values(),)).rowcount


def _delete(connection: sqlite3.Connection, table: str, key: Row) -> None:
    where = " AND ".join(f"{name} IS ?" for name in key)
    connection.execute(f"DELETE FROM {table} WHERE {where}", (*key.values(),))


def _key(connection: sqlite3.Connection, table: str) -> list[str]:
    return [row[1] for row in connection.execute(f"PRAGMA table_info({table})") if row[5]]


def _types(connection: sqlite3.Connection, table: str) -> dict[str, Any]:
    return {row[1]: row[2] for row in connection.execute(f"PRAGMA table_info({table})")}
