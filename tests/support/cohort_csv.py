"""Reads the CSV export of a cohort."""

from __future__ import annotations

import csv
import io

from cowork.cohort.statistics import FORMULA


def from_csv(text: str) -> list[list[str]]:
    """Reads what `to_csv` wrote, as text."""
    return [[_unescape(cell) for cell in row] for row in csv.reader(io.StringIO(text, newline=""))]


def _unescape(text: str) -> str:
    return text[1:] if text.startswith("'") and FORMULA.match(text) else text
