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


class BasicTokenizer:
    """A tokenizer whose merges are learned from a text. Gage, 1994; Sennrich et al., 2016, algorithm 1."""

    def __init__(self) -> None:
        self.merges: dict[Pair, int] = {}  # in the order in which they were learned, which is their rank
        self.vocab = {idx: bytes([idx]) for idx in range(256)}  # the bytes that each id stands for

    def train(self, text: str, vocab_size: int, verbose: bool = False) -> None:
        """Learns vocab_size - 256 merges, fewer if the text has no pair left; forgets earlier ones."""
        ids = list(text.encode("utf-8"))  # before training a token is a byte
        self.merges = {}
        self.vocab = {idx: bytes([idx]) for idx in range(256)}
        for idx in range(256, vocab_size):
            counts = get_stats(ids)
            if not counts:
                break
            pair = max(counts, key=lambda pair: counts[pair])  # on a tie the pair that was seen first
            ids = merge(ids, pair, idx)
            self.merges[pair] = idx
            self.vocab[idx] = self.vocab[pair[0]] + self.vocab[pair[1]]
            if verbose:
                print(f"{idx}: {pair} occurs {counts[pair]} times: {self.vocab[idx]!r}")

    def encode(self, text: str) -> list[int]:
        """The ids of any text: the merge that was learned first is made first."""
        ids = list(text.encode("utf-8"))  # and so it is before encoding
        while len(ids) > 1:
            never = len(self.vocab)
            pair = min(get_stats(ids), key=lambda pair: self.merges.get(pair, never))
            if pair not in self.merges:
                break
            ids = merge(ids, pair, self.merges[pair])
        return ids

    def decode(self, ids: Sequence[int]) -> str:
        """The text of the ids; bytes that are no UTF-8, such as half a character, become the sign �."""
        data = b"".join(self.vocab[idx] for idx in ids)
        return data.decode("utf-8", errors="replace")
