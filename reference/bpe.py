"""Byte-level byte-pair encoding (Gage, 1994; Sennrich et al., 2016; book, section 2.5).

Ids 0 to 255 are the bytes of UTF-8. Training repeatedly merges the most frequent pair of adjacent ids into a new
id; encoding applies the same merges in the order in which they were learned.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

Pair = tuple[int, int]


def get_stats(ids: Sequence[int], counts: dict[Pair, int] | None = None) -> dict[Pair, int]:
    """Counts each pair of adjacent ids. Adds to `counts` in place if it is given."""
    counts = {} if counts is None else counts
    for pair in pairwise(ids):
        counts[pair] = counts.get(pair, 0) + 1
    return counts


def merge(ids: Sequence[int], pair: Pair, idx: int) -> list[int]:
    """Replaces every occurrence of the pair, from left to right, by the id idx."""
    merged = []
    i = 0
    while i < len(ids):
        if i + 1 < len(ids) and (ids[i], ids[i + 1]) == pair:
            merged.append(idx)
            i += 2  # skips both ids, so "a a a" contains (a, a) once
        else:
            merged.append(ids[i])
            i += 1
    return merged


class BasicTokenizer:
    """A tokenizer that learns its merges from a text. Sennrich et al., 2016, algorithm 1."""

    def __init__(self) -> None:
        self.merges: dict[Pair, int] = {}  # in the order in which they were learned
        self.vocab = {idx: bytes([idx]) for idx in range(256)}  # the bytes of each id

    def train(self, text: str, vocab_size: int, verbose: bool = False) -> None:
        """Learns vocab_size - 256 merges, or fewer if no pair is left. Discards earlier merges."""
        ids = list(text.encode("utf-8"))  # initially, each token is a byte
        self.merges = {}
        self.vocab = {idx: bytes([idx]) for idx in range(256)}
        for idx in range(256, vocab_size):
            counts = get_stats(ids)
            if not counts:
                break
            pair = max(counts, key=lambda pair: counts[pair])  # on a tie, the pair that occurs first
            ids = merge(ids, pair, idx)
            self.merges[pair] = idx
            self.vocab[idx] = self.vocab[pair[0]] + self.vocab[pair[1]]
            if verbose:
                print(f"{idx}: {pair} occurs {counts[pair]} times: {self.vocab[idx]!r}")

    def encode(self, text: str) -> list[int]:
        """Converts any text to ids, applying the merges in the order in which they were learned."""
        ids = list(text.encode("utf-8"))  # as in training
        while len(ids) > 1:
            no_rank = float("inf")  # higher than the id of any merge
            pair = min(get_stats(ids), key=lambda pair: self.merges.get(pair, no_rank))
            if pair not in self.merges:
                break
            ids = merge(ids, pair, self.merges[pair])
        return ids

    def decode(self, ids: Sequence[int]) -> str:
        """Converts ids to text. Bytes that are not valid UTF-8, such as part of a character, become �."""
        data = b"".join(self.vocab[idx] for idx in ids)
        return data.decode("utf-8", errors="replace")
