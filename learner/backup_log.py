"""A second copy of progress.db: whatever is stored there also goes, as a line with a checksum, to the end of a text
file. A line is written before the database commits, so nothing is in the database alone."""

from __future__ import annotations

import base64
import json
import os
import sqlite3
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

Row = dict[str, Any]
TAIL = 64 * 1024


class Entry(NamedTuple):
    """A row that was put into a table (over one with the same key), or is `gone` from it."""

    table: str
    gone: bool
    row: Row


class Log:
    """progress.log, beside progress.db."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._owed: list[bytes] = []

    def begin(self, connection: sqlite3.Connection) -> None:
        """Writes down everything that is in a database, where there is no log yet."""
        for table, names in columns(connection).items():
            for values in connection.execute(f"SELECT {', '.join(names)} FROM {table}"):
                self._append(Entry(table, False, dict(zip(names, values, strict=True))))

    def follow(self, connection: sqlite3.Connection) -> None:
        """From now on writes down every change that is made through this connection, to any of its tables."""
        known = columns(connection)

        def keep(table: str, gone: int, *values: Any) -> None:
            self._append(Entry(table, bool(gone), dict(zip(known[table], values, strict=True))))

        connection.create_function("keep", -1, keep)
        connection.execute("PRAGMA temp_store=MEMORY")
        for table, names in known.items():
            for event, gone, which in (("INSERT", 0, "NEW"), ("UPDATE", 0, "NEW"), ("DELETE", 1, "OLD")):
                values = ", ".join(f"{which}.{name}" for name in names)
                connection.execute(
                    f"CREATE TEMP TRIGGER keep_{table}_{event} AFTER {event} ON main.{table}"
                    f" BEGIN SELECT keep('{table}', {gone}, {values}); END"
                )

    def read(self, tail: bool = False) -> Iterator[Entry]:
        """Every entry that is whole, the oldest first; with `tail` only the latest few. Raises OSError."""
        with self.path.open("rb") as file:
            if tail:
                file.seek(max(0, os.fstat(file.fileno()).st_size - TAIL))
            for line in file:
                if (entry := _entry(line)) is not None:
                    yield entry

    def _append(self, entry: Entry) -> None:
        # The line break comes first: it ends a line that a kill or a full disk has cut off.
        self._owed.append(b"\n" + _line(entry))
        try:
            handle = os.open(self.path, os.O_CREAT | os.O_APPEND | os.O_WRONLY | getattr(os, "O_BINARY", 0), 0o666)
        except OSError:
            return  # the database has it; the line follows with the next one
        try:
            while self._owed:
                if os.write(handle, self._owed[0]) < len(self._owed[0]):
                    return
                del self._owed[0]
        except OSError:
            return
        finally:
            os.close(handle)


def columns(connection: sqlite3.Connection) -> dict[str, list[str]]:
    """The names of the columns of every table."""
    tables = connection.execute("SELECT name FROM main.sqlite_master WHERE type = 'table'").fetchall()
    return {
        table: [row[1] for row in connection.execute(f"PRAGMA main.table_info({table})")]
        for (table,) in tables
        if not table.startswith("sqlite_")
    }


def _line(entry: Entry) -> bytes:
    row = {name: _packed(value) for name, value in entry.row.items()}
    text = json.dumps([entry.table, entry.gone, row]).encode()
    return b"%08x %s" % (zlib.crc32(text), text)


def _packed(value: Any) -> Any:
    return {"base64": base64.b64encode(value).decode()} if isinstance(value, bytes) else value


def _entry(line: bytes) -> Entry | None:
    checksum, _, text = line.rstrip(b"\n").partition(b" ")
    if checksum != b"%08x" % zlib.crc32(text):
        return None
    try:
        table, gone, row = json.loads(text)
        return Entry(table, gone, {name: _unpacked(value) for name, value in row.items()})
    except (ValueError, TypeError, AttributeError, KeyError):
        return None


def _unpacked(value: Any) -> Any:
    return base64.b64decode(value["base64"]) if isinstance(value, dict) else value
