"""Two sources side by side: rows for a screen, with the spans that differ within a line."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Literal

import msgspec
from rapidfuzz.distance import Indel

Kind = Literal["same", "changed", "removed", "added"]
Spans = list[tuple[int, int]]

MAX_LINES = 4_000  # of each side that are aligned: what a comparison takes grows with their product
MAX_LINE = 400  # characters of a line in which single differences are looked for
WORD = re.compile(r"\w+|\s+|.")
ALIKE = 0.4  # lines less alike than this are not set beside each other as one that changed


class DiffRow(msgspec.Struct, frozen=True):
    """A row of both sides; `left` and `right` count lines from 1, None where a side has none. Spans: [start, end) in
    characters."""

    kind: Kind
    left: int | None = None
    left_text: str = ""
    right: int | None = None
    right_text: str = ""
    left_spans: Spans = []
    right_spans: Spans = []


def rows(left: Sequence[str], right: Sequence[str]) -> list[DiffRow]:
    """Lines that stayed, changed, went and came, aligned by their longest common subsequence."""
    made: list[DiffRow] = []
    for same, i, i_end, j, j_end in _blocks(left[:MAX_LINES], right[:MAX_LINES]):
        if same:
            made += [DiffRow("same", i + k + 1, left[i + k], j + k + 1, right[j + k]) for k in range(i_end - i)]
        else:
            made += _replaced(left, i, i_end, right, j, j_end)
    for i in range(MAX_LINES, max(len(left), len(right))):
        made += _replaced(left, i, min(i + 1, len(left)), right, i, min(i + 1, len(right)))
    return made


def _blocks(left: Sequence[str], right: Sequence[str]) -> Iterator[tuple[bool, int, int, int, int]]:
    """(same, left from, left to, right from, right to), in order; deletions and insertions that touch are one."""
    i = j = 0
    for block in Indel.opcodes(left, right).as_matching_blocks():
        if i < block.a or j < block.b:
            yield False, i, block.a, j, block.b
        if block.size:
            yield True, block.a, block.a + block.size, block.b, block.b + block.size
        i, j = block.a + block.size, block.b + block.size


def _replaced(left: Sequence[str], i: int, i_end: int, right: Sequence[str], j: int, j_end: int) -> list[DiffRow]:
    """A block in which nothing is equal: lines that are alike stand beside each other, in order."""
    made: list[DiffRow] = []
    for a, b in _pairs(left[i:i_end], right[j:j_end]):
        made += [DiffRow("removed", k + 1, left[k]) for k in range(i, i + a)]
        made += [DiffRow("added", None, "", k + 1, right[k]) for k in range(j, j + b)]
        i, j = i + a, j + b
        if i < i_end and j < j_end:
            made.append(DiffRow("changed", i + 1, left[i], j + 1, right[j], *spans(left[i], right[j])))
            i, j = i + 1, j + 1
    return made


def _pairs(left: Sequence[str], right: Sequence[str]) -> Iterator[tuple[int, int]]:
    """How many lines to pass over on each side before each pair, and at last what remains."""
    i = j = 0
    for a, one in enumerate(left):
        # the few lines that follow decide: blocks are short, and a pair far off would tear the rest apart
        likeness = [
            (Indel.normalized_similarity(one.strip(), two.strip()), -b) for b, two in enumerate(right[j : j + 8])
        ]
        best, back = max(likeness, default=(0.0, 0))
        if best >= ALIKE:
            yield a - i, -back
            i, j = a + 1, j - back + 1
    yield len(left) - i, len(right) - j


def spans(left: str, right: str) -> tuple[Spans, Spans]:
    """The parts of each line that the other has not, word by word; the whole of lines that are long."""
    if max(len(left), len(right)) > MAX_LINE:
        return [(0, len(left))], [(0, len(right))]
    words, others = WORD.findall(left), WORD.findall(right)
    gone: Spans = []
    come: Spans = []
    for same, i, i_end, j, j_end in _blocks(words, others):
        if not same:
            _add(gone, words, i, i_end)
            _add(come, others, j, j_end)
    return gone, come


def _add(found: Spans, words: Sequence[str], start: int, end: int) -> None:
    if start < end:
        at = sum(map(len, words[:start]))
        found.append((at, at + sum(map(len, words[start:end]))))
