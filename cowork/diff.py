"""Compares two sources side by side: rows for a screen, with the differing spans of each line."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Literal

import msgspec
from rapidfuzz.distance import Indel

Kind = Literal["same", "changed", "removed", "added"]
Spans = list[tuple[int, int]]

MAX_LINES = 4_000  # lines of each side that are aligned; the cost grows with their product
MAX_LINE = 400  # characters; longer lines are not compared word by word
WORD = re.compile(r"\w+|\s+|.")
MIN_SIMILARITY = 0.4  # of two lines that are shown as one changed line


class DiffRow(msgspec.Struct, frozen=True):
    """A row of both sides. `left` and `right` are line numbers from 1, or None if a side has no line; spans are
    [start, end) in characters."""

    kind: Kind
    left: int | None = None
    left_text: str = ""
    right: int | None = None
    right_text: str = ""
    left_spans: Spans = []
    right_spans: Spans = []


def diff_rows(left: Sequence[str], right: Sequence[str]) -> list[DiffRow]:
    """Returns the lines that are the same, changed, removed and added, aligned by their longest common subsequence."""
    rows: list[DiffRow] = []
    for same, i, i_end, j, j_end in _blocks(left[:MAX_LINES], right[:MAX_LINES]):
        if same:
            rows += [DiffRow("same", i + k + 1, left[i + k], j + k + 1, right[j + k]) for k in range(i_end - i)]
        else:
            rows += _replaced_rows(left, i, i_end, right, j, j_end)
    for i in range(MAX_LINES, max(len(left), len(right))):
        rows += _replaced_rows(left, i, min(i + 1, len(left)), right, i, min(i + 1, len(right)))
    return rows


def _blocks(left: Sequence[str], right: Sequence[str]) -> Iterator[tuple[bool, int, int, int, int]]:
    """Yields (same, left start, left end, right start, right end) in order, merging adjacent removals and additions."""
    i = j = 0
    for block in Indel.opcodes(left, right).as_matching_blocks():
        if i < block.a or j < block.b:
            yield False, i, block.a, j, block.b
        if block.size:
            yield True, block.a, block.a + block.size, block.b, block.b + block.size
        i, j = block.a + block.size, block.b + block.size


def _replaced_rows(left: Sequence[str], i: int, i_end: int, right: Sequence[str], j: int, j_end: int) -> list[DiffRow]:
    """The rows of a block without equal lines; similar lines become changed rows, in order."""
    rows: list[DiffRow] = []
    for a, b in _pairs(left[i:i_end], right[j:j_end]):
        rows += [DiffRow("removed", k + 1, left[k]) for k in range(i, i + a)]
        rows += [DiffRow("added", None, "", k + 1, right[k]) for k in range(j, j + b)]
        i, j = i + a, j + b
        if i < i_end and j < j_end:
            rows.append(DiffRow("changed", i + 1, left[i], j + 1, right[j], *spans(left[i], right[j])))
            i, j = i + 1, j + 1
    return rows


def _pairs(left: Sequence[str], right: Sequence[str]) -> Iterator[tuple[int, int]]:
    """Yields how many lines to skip on each side before each pair of similar lines, and finally how many remain."""
    i = j = 0
    for a, line in enumerate(left):
        # only the next 8 lines are candidates: a match further away would leave the lines between without one
        similarities = [
            (Indel.normalized_similarity(line.strip(), other.strip()), -b) for b, other in enumerate(right[j : j + 8])
        ]
        best, back = max(similarities, default=(0.0, 0))
        if best >= MIN_SIMILARITY:
            yield a - i, -back
            i, j = a + 1, j - back + 1
    yield len(left) - i, len(right) - j


def spans(left: str, right: str) -> tuple[Spans, Spans]:
    """The spans of each line that the other does not have, by words; for long lines, the complete line."""
    if max(len(left), len(right)) > MAX_LINE:
        return [(0, len(left))], [(0, len(right))]
    words, others = WORD.findall(left), WORD.findall(right)
    removed: Spans = []
    added: Spans = []
    for same, i, i_end, j, j_end in _blocks(words, others):
        if not same:
            _add_span(removed, words, i, i_end)
            _add_span(added, others, j, j_end)
    return removed, added


def _add_span(spans: Spans, words: Sequence[str], start: int, end: int) -> None:
    if start < end:
        at = sum(map(len, words[:start]))
        spans.append((at, at + sum(map(len, words[start:end]))))
