"""Exports: no cell starts a formula, and no text is lost."""

from __future__ import annotations

import csv
import io
import json

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from cowork.cohort.statistics import ExportRow, cohort_csv, cohort_json, escape_formula, to_csv, tries_by_member
from cowork.permissions import Member
from cowork.rooms.submissions import Submissions
from exercises.course import Course
from tests.support.cohort_csv import from_csv
from tests.support.rooms import RoomPair

cells = st.text(max_size=12) | st.text(alphabet="'=+-@\t\r\n\",;1A＝", max_size=6)


@given(st.lists(st.lists(cells, min_size=1, max_size=4), max_size=4))
@example([["=1+1", "'=1+1", "''", "'"], ["\r\n", '"', ""]])
def test_written_rows_are_read_unchanged(rows: list[list[str]]) -> None:
    assert from_csv(to_csv(rows)) == rows


@given(cells)
def test_no_cell_starts_a_formula(cell: str) -> None:
    ((read,),) = csv.reader(io.StringIO(to_csv([[cell]]), newline=""))
    assert not read or read[0] not in "=+-@\t\r\n＝＋－＠"


@pytest.mark.parametrize("cell", ["=SUM(A1)", "+1", "-1", "@x", "\t=1", "\r=1", "=cmd|' /C calc'!A0"])
def test_formulas_get_a_quote_before_them(cell: str) -> None:
    assert escape_formula(cell) == "'" + cell
    assert escape_formula("'s Gravesande") == "'s Gravesande"


def test_exports_have_a_row_for_each_member_and_exercise(course: Course) -> None:
    pair = RoomPair()
    mallory = Member("m", '=HYPERLINK("http://x","y")', "member")
    pair.hand_in(mallory, "causal-attention", b"1", "failed", mistake="-No mask.")
    pair.now = 86_400.0
    pair.hand_in(mallory, "causal-attention", b"2")
    tries = tries_by_member(pair.client[Submissions].all.values())
    text = cohort_csv(tries, {"anna": "Anna"}, course)
    rows = [dict(zip(ExportRow.__struct_fields__, row, strict=True)) for row in from_csv(text)[1:]]
    assert len(rows) == 2 * len(course.exercises)
    (passed,) = [row for row in rows if row["state"] != "nothing"]
    assert passed["name"] == mallory.name
    assert (passed["state"], passed["tries"], passed["passed_at"]) == ("passed", "2", "1970-01-02T00:00:00+00:00")
    assert '"\'=HYPERLINK(""http://x"",""y"")"' in text
    exported = json.loads(cohort_json(tries, {"anna": "Anna"}, course, now=0.0))
    assert (exported["version"], exported["made"]) == (1, "1970-01-01T00:00:00+00:00")
    assert [{key: str(value) for key, value in line.items()} for line in exported["lines"]] == rows
