"""Benchmarks the fast BPE trainer against the exercise's plain loop, on 1 MB of stories.

The plain loop would take minutes, so the benchmark times its first merges and extrapolates: the time for a merge is
proportional to the length of the text in tokens, which the fast trainer's merges give.
"""

from __future__ import annotations

import time
from collections.abc import Callable

import numpy as np

from exercises.texts import many_stories
from reference.bpe import BasicTokenizer
from reference.bpe_fast import FastTokenizer, as_array, merge_array

TEXT_LENGTH, MERGES, PLAIN_MERGES = 1_000_000, 1_000, 3


def run() -> list[tuple[str, str, str]]:
    """Rows of (measurement, result, comparison)."""
    text = many_stories(TEXT_LENGTH)
    fast, plain = FastTokenizer(), BasicTokenizer()
    train = _seconds(lambda: fast.train(text, 256 + MERGES))
    encode = _seconds(lambda: fast.encode(text))
    first_merges = _seconds(lambda: plain.train(text, 256 + PLAIN_MERGES))
    lengths = _lengths(text, fast)
    extrapolated = first_merges * sum(lengths) / sum(lengths[:PLAIN_MERGES])
    tokens = lengths[-1]
    return [
        (f"{MERGES:,} BPE merges learned from 1 MB", f"{train:.1f} s",
         f"{extrapolated / train:.0f} × the plain loop (extrapolated: {extrapolated:.0f} s)"),
        ("1 MB encoded with these merges", f"{encode:.1f} s", f"{len(text) / tokens:.2f} characters per token"),
    ]  # fmt: skip


def _lengths(text: str, tokenizer: FastTokenizer) -> list[int]:
    """The number of tokens of the text before each merge, and after the last."""
    ids: np.ndarray = as_array(text)
    lengths = []
    for pair, idx in tokenizer.merges.items():
        lengths.append(len(ids))
        ids = merge_array(ids, pair, idx)
    return [*lengths, len(ids)]


def _seconds(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started
