"""Exports the cohort as JSON, and as CSV that a spreadsheet shows as text and never evaluates."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime

import msgspec

from cowork.cohort.statistics import Cohort, TriesByMember, build_cohort, sorted_names
from cowork.rooms.board import Cell, build_cell
from exercises.course import Course

HEADER = ("member", "name", "month", "exercise", "title", "level", "state", "tries", "passed_at", "mistake")
# text that a spreadsheet evaluates as a formula (full-width characters too), with any number of quotes before it
FORMULA = re.compile(r"'*[=+\-@\t\r\n\uff1d\uff0b\uff0d\uff20]")
ESCAPED_FORMULA = re.compile(r"'+[=+\-@\t\r\n\uff1d\uff0b\uff0d\uff20]")


class ExportRow(msgspec.Struct, frozen=True):
    """A member's result in an exercise; `passed_at` is ISO 8601 in UTC."""

    member: str
    name: str
    month: str
    exercise: str
    title: str
    level: str
    state: str
    tries: int
    passed_at: str
    mistake: str


class CohortExport(msgspec.Struct, frozen=True):
    version: int
    made: str
    cohort: Cohort
    lines: list[ExportRow]


def export_rows(tries: TriesByMember, members: Mapping[str, str], course: Course) -> list[ExportRow]:
    """A row for each member and each exercise, tried or not."""
    rows = []
    for member, name in sorted_names(tries, members).items():
        for exercise in course.exercises:
            cell = build_cell(tries[member, exercise.id]) if (member, exercise.id) in tries else Cell()
            passed_at = "" if cell.passed_at is None else _iso(cell.passed_at)
            rows.append(
                ExportRow(member, name, exercise.month_id, exercise.id, exercise.title, exercise.level,
                          cell.state, cell.tries, passed_at, cell.mistake or "")
            )  # fmt: skip
    return rows


def to_csv(rows: Iterable[Iterable[object]]) -> str:
    """Writes CSV with every cell quoted and formulas escaped."""
    out = io.StringIO()
    csv.writer(out, quoting=csv.QUOTE_ALL, lineterminator="\r\n").writerows(
        [escape_formula(str(cell)) for cell in row] for row in rows
    )
    return out.getvalue()


def from_csv(text: str) -> list[list[str]]:
    """Reads what `to_csv` wrote, as text."""
    return [[unescape_formula(cell) for cell in row] for row in csv.reader(io.StringIO(text, newline=""))]


def escape_formula(text: str) -> str:
    """Adds "'" before a formula: a spreadsheet then shows the text."""
    return f"'{text}" if FORMULA.match(text) else text


def unescape_formula(text: str) -> str:
    return text[1:] if ESCAPED_FORMULA.match(text) else text


def cohort_csv(tries: TriesByMember, members: Mapping[str, str], course: Course) -> str:
    return to_csv([HEADER, *(msgspec.structs.astuple(row) for row in export_rows(tries, members, course))])


def cohort_json(tries: TriesByMember, members: Mapping[str, str], course: Course, now: float) -> str:
    cohort, rows = build_cohort(tries, members, course), export_rows(tries, members, course)
    return msgspec.json.format(msgspec.json.encode(CohortExport(1, _iso(now), cohort, rows))).decode()


def _iso(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).isoformat(timespec="seconds")
