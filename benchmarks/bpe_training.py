"""Learning 1,000 merges from a megabyte of stories, and encoding it, against the exercise's plain loop.

The plain loop would take minutes, so it learns a few merges of the same text and the rest is reckoned: its time for
a merge falls with the length of the text in tokens, which the fast trainer's run gives.
"""

from __future__ import annotations

import time
from collections.abc import Callable

import numpy as np

from exercises.texts import many_stories
from reference.bpe import BasicTokenizer
from reference.bpe_fast import FastTokenizer, as_array, merge_array

SIZE, MERGES, PLAIN_MERGES = 1_000_000, 1_000, 3


def run() -> list[tuple[str, str, str]]:
    """Rows of (what, figure, against)."""
    text = many_stories(SIZE)
    fast, plain = FastTokenizer(), BasicTokenizer()
    train = _seconds(lambda: fast.train(text, 256 + MERGES))
    encode = _seconds(lambda: fast.encode(text))
    few = _seconds(lambda: plain.train(text, 256 + PLAIN_MERGES))
    lengths = _lengths(text, fast)
    reckoned = few * sum(lengths) / sum(lengths[:PLAIN_MERGES])
    tokens = lengths[-1]
    return [
        (f"{MERGES:,} merges learned from 1 MB", f"{train:.1f} s",
         f"{reckoned / train:.0f} × the plain loop (reckoned {reckoned:.0f} s)"),
        ("1 MB encoded with them", f"{encode:.1f} s", f"{len(text) / tokens:.2f} characters a token"),
    ]  # fmt: skip


def _lengths(text: str, tokenizer: FastTokenizer) -> list[int]:
    """How many tokens the text has before each merge."""
    ids: np.ndarray = as_array(text)
    found = []
    for pair, idx in tokenizer.merges.items():
        found.append(len(ids))
        ids = merge_array(ids, pair, idx)
    return [*found, len(ids)]


def _seconds(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started
