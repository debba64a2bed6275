"""Two sources side by side: nothing is lost, nothing is out of order, and a hostile source costs little."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from cowork.diff import MAX_LINES, DiffRow, diff_rows, spans
from cowork.source_lines import lines_of

few = st.lists(
    st.sampled_from(["", "x = 1", "x = 2", "return x", "    return x", "\t"]) | st.text(max_size=5), max_size=14
)


@settings(max_examples=60, deadline=None)
@given(few, few)
def test_each_side_is_there_once_and_in_order(left: list[str], right: list[str]) -> None:
    made = diff_rows(left, right)
    assert [(row.left, row.left_text) for row in made if row.left is not None] == list(enumerate(left, 1))
    assert [(row.right, row.right_text) for row in made if row.right is not None] == list(enumerate(right, 1))
    for row in made:
        assert (row.kind == "same") == (row.left_text == row.right_text and None not in (row.left, row.right))
        assert (row.kind == "removed") == (row.right is None)
        assert (row.kind == "added") == (row.left is None)


@given(st.text(max_size=30), st.text(max_size=30))
def test_without_its_spans_a_line_is_the_other_without_its_own(left: str, right: str) -> None:
    gone, come = spans(left, right)
    assert _without(left, gone) == _without(right, come)


def _without(line: str, cut: list[tuple[int, int]]) -> str:
    return "".join(c for i, c in enumerate(line) if not any(start <= i < end for start, end in cut))


def test_a_line_that_changed_stands_beside_what_it_became() -> None:
    left = ["def f(x):", "    y = x + 1", "    return y"]
    right = ["import math", "", "def f(x, by):", "    y = x + 2", "    return y"]
    made = diff_rows(left, right)
    assert [(row.kind, row.left, row.right) for row in made] == [
        ("added", None, 1),
        ("added", None, 2),
        ("changed", 1, 3),
        ("changed", 2, 4),
        ("same", 3, 5),
    ]
    assert made[2].right_spans == [(7, 11)]
    assert (made[3].left_spans, made[3].right_spans) == ([(12, 13)], [(12, 13)])


def test_more_lines_than_are_aligned_are_all_there() -> None:
    left, right = ["same"] * (MAX_LINES + 3), ["same"] * MAX_LINES + ["other"]
    made = diff_rows(left, right)
    assert sum(row.left is not None for row in made) == len(left)
    assert made[-1] == DiffRow("removed", MAX_LINES + 3, "same")


def test_sources_are_decoded_as_python_does_and_hold_no_codes() -> None:
    assert lines_of(b"") == [""]
    assert lines_of(b"a\r\nb\rc\n") == ["a", "b", "c"]
    assert lines_of(b"\xef\xbb\xbfa\x0cb") == ["ab"]
    assert lines_of("# coding: latin-1\né".encode("latin-1")) == ["# coding: latin-1", "é"]
    assert lines_of(b"# coding: rot13\n\xff") == ["# coding: rot13", "\ufffd"]
    assert lines_of(b"x\x1b[31m = 1") == ["x = 1"]


@given(st.binary(max_size=60))
def test_any_bytes_have_lines(source: bytes) -> None:
    assert len(lines_of(source)) >= 1
