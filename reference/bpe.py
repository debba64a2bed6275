"""Byte-pair encoding (Sennrich et al., 2016; book, section 2.5), on bytes as GPT-2 has it.

A text is its UTF-8 bytes, ids 0 to 255. Training finds the most frequent pair of neighbours and gives it a new
id, again and again; encoding a new text repeats those merges in the order in which they were learned.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

Pair = tuple[int, int]


def get_stats(ids: Sequence[int], counts: dict[Pair, int] | None = None) -> dict[Pair, int]:
    """How often each pair of neighbours occurs; added to `counts`, in place, where that is given."""
    counts = {} if counts is None else counts
    for pair in pairwise(ids):
        counts[pair] = counts.get(pair, 0) + 1
    return counts


def merge(ids: Sequence[int], pair: Pair, idx: int) -> list[int]:
    """The ids with every occurrence of the pair, from left to right, replaced by the one id idx."""
    merged = []
    i = 0
    while i < len(ids):
        if i + 1 < len(ids) and (ids[i], ids[i + 1]) == pair:
            merged.append(idx)
            i += 2  # both are used up, so "a a a" holds the pair (a, a) only once
        else:
            merged.append(ids[i])
            i += 1
    return merged
