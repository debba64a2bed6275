"""Reads the exercises that a learner has passed from the store without changing any file."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import Any


def passed_exercises(path: Path) -> set[str]:
    """Returns the ids of exercises that passed in any version; none if the store cannot be read. Changes no file."""
    return {id for (id,) in _read_only(path, "SELECT DISTINCT exercise FROM attempt WHERE outcome = 'passed'")}


def passed_sources(path: Path) -> dict[str, bytes]:
    """Returns each passed exercise's source as it last passed; none if the store cannot be read. Changes no file."""
    query = "SELECT exercise, source FROM attempt WHERE outcome = 'passed' ORDER BY id"
    return {id: bytes(source) for id, source in _read_only(path, query)}


def _read_only(path: Path, query: str) -> Sequence[tuple[Any, ...]]:
    if not path.is_file():
        return []
    try:
        with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True, timeout=1.0)) as connection:
            return connection.execute(query).fetchall()
    except sqlite3.Error:
        return []
