"""The cohort as files: CSV that a spreadsheet shows and never computes, and JSON."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime

import msgspec

from cowork.cohort.statistics import Cohort, TriesByMember, cohort, names_of
from cowork.rooms.board import Cell, build_cell
from exercises.course import Course

HEADER = ("member", "name", "month", "exercise", "title", "level", "state", "tries", "passed_at", "mistake")
# what a spreadsheet takes for a formula, full-width signs too; and what looks like one that was made safe
FORMULA = re.compile(r"'*[=+\-@\t\r\n\uff1d\uff0b\uff0d\uff20]")
SAFE = re.compile(r"'+[=+\-@\t\r\n\uff1d\uff0b\uff0d\uff20]")


class ExportRow(msgspec.Struct, frozen=True):
    """A member and an exercise; `passed_at` as ISO 8601 in UTC."""

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


def lines(tried: TriesByMember, members: Mapping[str, str], course: Course) -> list[ExportRow]:
    """A line for each member and exercise, also for what nobody has tried."""
    found = []
    for member, name in names_of(tried, members).items():
        for exercise in course.exercises:
            one = build_cell(tried[member, exercise.id]) if (member, exercise.id) in tried else Cell()
            at = "" if one.passed_at is None else _iso(one.passed_at)
            found.append(
                ExportRow(member, name, exercise.month_id, exercise.id, exercise.title, exercise.level,
                     one.state, one.tries, at, one.mistake or "")
            )  # fmt: skip
    return found


def to_csv(rows: Iterable[Iterable[object]]) -> str:
    """Every cell is quoted, and none is a formula."""
    out = io.StringIO()
    csv.writer(out, quoting=csv.QUOTE_ALL, lineterminator="\r\n").writerows(
        [escape_formula(str(c)) for c in row] for row in rows
    )
    return out.getvalue()


def from_csv(text: str) -> list[list[str]]:
    """What was given to `to_csv`, as text."""
    return [[unescape_formula(one) for one in row] for row in csv.reader(io.StringIO(text, newline=""))]


def escape_formula(text: str) -> str:
    """The text with "'" before what a spreadsheet would compute: it then shows it as it stands."""
    return f"'{text}" if FORMULA.match(text) else text


def unescape_formula(text: str) -> str:
    return text[1:] if SAFE.match(text) else text


def cohort_csv(tried: TriesByMember, members: Mapping[str, str], course: Course) -> str:
    return to_csv([HEADER, *(msgspec.structs.astuple(line) for line in lines(tried, members, course))])


def cohort_json(tried: TriesByMember, members: Mapping[str, str], course: Course, now: float) -> str:
    exported = CohortExport(1, _iso(now), cohort(tried, members, course), lines(tried, members, course))
    return msgspec.json.format(msgspec.json.encode(exported)).decode()


def _iso(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).isoformat(timespec="seconds")
