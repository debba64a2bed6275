"""Sources side by side and as a unified diff: nothing is cut, whatever the width."""

from __future__ import annotations

import re

import pytest
from textual.content import Content

from cowork.diff import diff_rows
from tui.widgets.code_view import side_by_side, unified, wrapped

LEFT = ["def f(x):", "    return x + 1", "", "the_same = 1"]
RIGHT = [
    "def f(x):",
    "    y = x + 2  # a comment that is long and does not fit",
    "    return y",
    "",
    "the_same = 1",
]


@pytest.mark.parametrize("width", [20, 33, 60, 100])
def test_long_lines_are_wrapped_and_nothing_is_lost(width: int) -> None:
    line = "    value = function(argument, another_argument, keyword=argument)  # and a comment at the end"
    rows = wrapped(Content(line), width)
    assert max(len(row.plain) for row in rows) <= width
    assert "".join("".join(row.plain for row in rows).split()) == "".join(line.split())
    assert all(row.plain.startswith(" " * 8) for row in rows[1:])


@pytest.mark.parametrize("width", [60, 90, 120])
def test_both_sources_are_shown_side_by_side(width: int) -> None:
    lines = list(side_by_side(LEFT, RIGHT, diff_rows(LEFT, RIGHT), width))
    rows = "\n".join(line.content.plain for line in lines).split("\n")
    assert max(map(len, rows)) <= width and all(" │ " in row for row in rows)
    right = "".join(re.sub(r"^ *\d+ |\s", "", row.split(" │ ")[1]) for row in rows)
    assert right == "".join("".join(RIGHT).split())
    assert [line.number for line in lines if line.number] == [1, 2, 3, 4]


def test_a_unified_diff_marks_what_differs() -> None:
    text = "\n".join(line.content.plain for line in unified(LEFT, RIGHT, diff_rows(LEFT, RIGHT), 40))
    assert "-   2     return x + 1" in text and "+         return y" in text and "    4 the_same = 1" in text
    assert max(map(len, text.split("\n"))) <= 40
