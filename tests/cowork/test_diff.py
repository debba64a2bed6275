"""Side-by-side comparison: no line is lost or out of order, and hostile sources cost little."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from cowork.diff import MAX_LINES, DiffRow, diff_rows, spans
from cowork.sanitize import lines_of

few = st.lists(
    st.sampled_from(["", "x = 1", "x = 2", "return x", "    return x", "\t"]) | st.text(max_size=5), max_size=14
)


@settings(max_examples=60, deadline=None)
@given(few, few)
def test_every_line_of_each_side_occurs_once_in_order(left: list[str], right: list[str]) -> None:
    rows = diff_rows(left, right)
    assert [(row.left, row.left_text) for row in rows if row.left is not None] == list(enumerate(left, 1))
    assert [(row.right, row.right_text) for row in rows if row.right is not None] == list(enumerate(right, 1))
    for row in rows:
        assert (row.kind == "same") == (row.left_text == row.right_text and None not in (row.left, row.right))
        assert (row.kind == "removed") == (row.right is None)
        assert (row.kind == "added") == (row.left is None)


@given(st.text(max_size=30), st.text(max_size=30))
def test_without_their_spans_both_lines_are_equal(left: str, right: str) -> None:
    removed, added = spans(left, right)
    assert _without(left, removed) == _without(right, added)


def _without(line: str, cut: list[tuple[int, int]]) -> str:
    return "".join(c for i, c in enumerate(line) if not any(start <= i < end for start, end in cut))


def test_a_changed_line_is_one_row() -> None:
    left = ["def f(x):", "    y = x + 1", "    return y"]
    right = ["import math", "", "def f(x, by):", "    y = x + 2", "    return y"]
    rows = diff_rows(left, right)
    assert [(row.kind, row.left, row.right) for row in rows] == [
        ("added", None, 1),
        ("added", None, 2),
        ("changed", 1, 3),
        ("changed", 2, 4),
        ("same", 3, 5),
    ]
    assert rows[2].right_spans == [(7, 11)]
    assert (rows[3].left_spans, rows[3].right_spans) == ([(12, 13)], [(12, 13)])


def test_lines_beyond_the_limit_are_included() -> None:
    left, right = ["same"] * (MAX_LINES + 3), ["same"] * MAX_LINES + ["other"]
    rows = diff_rows(left, right)
    assert sum(row.left is not None for row in rows) == len(left)
    assert rows[-1] == DiffRow("removed", MAX_LINES + 3, "same")


def test_sources_are_decoded_as_in_python_without_control_characters() -> None:
    assert lines_of(b"") == [""]
    assert lines_of(b"a\r\nb\rc\n") == ["a", "b", "c"]
    assert lines_of(b"\xef\xbb\xbfa\x0cb") == ["ab"]
    assert lines_of("# coding: latin-1\né".encode("latin-1")) == ["# coding: latin-1", "é"]
    assert lines_of(b"# coding: rot13\n\xff") == ["# coding: rot13", "\ufffd"]
    assert lines_of(b"x\x1b[31m = 1") == ["x = 1"]


@given(st.binary(max_size=60))
def test_any_bytes_have_lines(source: bytes) -> None:
    assert len(lines_of(source)) >= 1
