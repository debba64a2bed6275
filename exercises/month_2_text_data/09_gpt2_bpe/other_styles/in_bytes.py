"""Works on bytes, as tiktoken does: merges one pair at a time, by the rank of the joined bytes."""

from itertools import pairwise

from parts import gpt2_split


def byte_characters() -> list[str]:
    visible = set(range(33, 127)) | set(range(161, 173)) | set(range(174, 256))
    replacements = iter(range(256, 512))
    return [chr(b if b in visible else next(replacements)) for b in range(256)]


class GPT2Tokenizer:
    def __init__(self, encoder: dict[str, int], merges: list[tuple[str, str]]) -> None:
        byte_values = {character: b for b, character in enumerate(byte_characters())}
        self.ids = {bytes(byte_values[c] for c in token): i for token, i in encoder.items()}
        self.tokens = {i: token for token, i in self.ids.items()}
        self.rank = {bytes(byte_values[c] for c in left + right): n for n, (left, right) in enumerate(merges)}
        self.end = encoder.get("<|endoftext|>")

    def _piece(self, data: bytes) -> list[int]:
        if data in self.rank:
            return [self.ids[data]]
        parts = [data[i : i + 1] for i in range(len(data))]
        while True:
            ranked = [(self.rank[a + b], i) for i, (a, b) in enumerate(pairwise(parts)) if a + b in self.rank]
            if not ranked:
                return [self.ids[p] for p in parts]
            _, i = min(ranked)
            parts[i : i + 2] = [parts[i] + parts[i + 1]]

    def encode(self, text: str, *, allowed_special: set[str] = frozenset()) -> list[int]:
        if self.end is not None and "<|endoftext|>" in allowed_special:
            before, separator, after = text.partition("<|endoftext|>")
            if separator:
                return [*self.encode(before), self.end, *self.encode(after, allowed_special=allowed_special)]
        return [i for piece in gpt2_split(text) for i in self._piece(piece.encode())]

    def decode(self, ids: list[int]) -> str:
        return b"".join(map(self.tokens.get, ids)).decode("utf-8", "replace")
