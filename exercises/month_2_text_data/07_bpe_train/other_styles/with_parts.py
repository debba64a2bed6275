from __future__ import annotations

from parts import get_stats, merge


class BasicTokenizer:
    """Keeps the merges in a dict and computes the bytes of an id when needed."""

    def train(self, text: str, vocab_size: int, verbose: bool = False) -> BasicTokenizer:
        ids, self.merges = [*text.encode("utf-8")], {}
        for i in range(vocab_size - 256):
            stats = get_stats(ids)
            top = max(stats, key=stats.get)
            self.merges[top] = 256 + i
            if verbose:
                print("merging", top, "into", 256 + i)
            ids = merge(ids, top, 256 + i)
        return self

    def bytes_of(self, id: int) -> bytes:
        if id < 256:
            return bytes([id])
        left, right = next(pair for pair, other in self.merges.items() if other == id)
        return self.bytes_of(left) + self.bytes_of(right)

    def encode(self, text: str) -> list[int]:
        ids = [*text.encode("utf-8")]
        while learned := [pair for pair in get_stats(ids) if pair in self.merges]:
            first = min(learned, key=self.merges.__getitem__)
            ids = merge(ids, first, self.merges[first])
        return ids

    def decode(self, ids: list[int]) -> str:
        return b"".join(map(self.bytes_of, ids)).decode(errors="replace")
