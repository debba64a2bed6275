"""A backup of progress.db: an append-only text file with a line and a checksum for every change of a row.

A line is written before the database commits, so the database never has a row that the log lacks.
"""

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
TAIL_BYTES = 64 * 1024


class LogEntry(NamedTuple):
    """A row that was inserted into a table, replacing any row with the same key, or `deleted` from it."""

    table: str
    deleted: bool
    row: Row


class BackupLog:
    """progress.log, in the folder of progress.db."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._pending: list[bytes] = []

    def write_all(self, connection: sqlite3.Connection) -> None:
        """Logs all rows of a database that has no log yet."""
        for table, names in columns(connection).items():
            for values in connection.execute(f"SELECT {', '.join(names)} FROM {table}"):
                self._append(LogEntry(table, False, dict(zip(names, values, strict=True))))

    def attach(self, connection: sqlite3.Connection) -> None:
        """Logs every later change that is made through a connection."""
        table_columns = columns(connection)

        def log_change(table: str, deleted: int, *values: Any) -> None:
            self._append(LogEntry(table, bool(deleted), dict(zip(table_columns[table], values, strict=True))))

        connection.create_function("log_change", -1, log_change)
        connection.execute("PRAGMA temp_store=MEMORY")
        for table, names in table_columns.items():
            for event, deleted, version in (("INSERT", 0, "NEW"), ("UPDATE", 0, "NEW"), ("DELETE", 1, "OLD")):
                values = ", ".join(f"{version}.{name}" for name in names)
                connection.execute(
                    f"CREATE TEMP TRIGGER log_{table}_{event} AFTER {event} ON main.{table}"
                    f" BEGIN SELECT log_change('{table}', {deleted}, {values}); END"
                )

    def read(self, tail: bool = False) -> Iterator[LogEntry]:
        """Yields all intact entries, the oldest first, or only the latest ones with `tail`. Raises OSError."""
        with self.path.open("rb") as file:
            if tail:
                file.seek(max(0, os.fstat(file.fileno()).st_size - TAIL_BYTES))
            for line in file:
                if (entry := _decode(line)) is not None:
                    yield entry

    def _append(self, entry: LogEntry) -> None:
        # The line break comes first, to end a line that a kill or a full disk has cut off.
        self._pending.append(b"\n" + _encode(entry))
        try:
            handle = os.open(self.path, os.O_CREAT | os.O_APPEND | os.O_WRONLY | getattr(os, "O_BINARY", 0), 0o666)
        except OSError:
            return  # the database has the row, and the next call writes the line
        try:
            while self._pending:
                if os.write(handle, self._pending[0]) < len(self._pending[0]):
                    return
                del self._pending[0]
        except OSError:
            return
        finally:
            os.close(handle)


def columns(connection: sqlite3.Connection) -> dict[str, list[str]]:
    """Returns the names of the columns of every table."""
    tables = connection.execute("SELECT name FROM main.sqlite_master WHERE type = 'table'").fetchall()
    return {
        table: [row[1] for row in connection.execute(f"PRAGMA main.table_info({table})")]
        for (table,) in tables
        if not table.startswith("sqlite_")
    }


def _encode(entry: LogEntry) -> bytes:
    row = {name: _to_json(value) for name, value in entry.row.items()}
    text = json.dumps([entry.table, entry.deleted, row]).encode()
    return b"%08x %s" % (zlib.crc32(text), text)


def _to_json(value: Any) -> Any:
    return {"base64": base64.b64encode(value).decode()} if isinstance(value, bytes) else value


def _decode(line: bytes) -> LogEntry | None:
    checksum, _, text = line.rstrip(b"\n").partition(b" ")
    if checksum != b"%08x" % zlib.crc32(text):
        return None
    try:
        table, deleted, row = json.loads(text)
        return LogEntry(table, deleted, {name: _from_json(value) for name, value in row.items()})
    except (ValueError, TypeError, AttributeError, KeyError):
        return None


def _from_json(value: Any) -> Any:
    return base64.b64decode(value["base64"]) if isinstance(value, dict) else value
