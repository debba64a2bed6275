"""A byte-level byte-pair encoding with a vocabulary of its own, for pocket and for models that a learner trains.

It combines the course's parts: GPT-2's splitting into pieces (Radford et al., 2019, section 2.2) and the merges of
`reference.bpe`. Ids 0 to 255 are the bytes, then come the merges in the order in which they were learned, and the last
id is `<|endoftext|>`. Imports no torch, so the app can show tokens without a model.
"""

import heapq
import os
from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import pairwise
from pathlib import Path

import msgspec

from reference.bpe import BasicTokenizer, Pair, merge
from reference.gpt2_tokenizer import END, gpt2_split

FORMAT = 1
MAX_CACHED_PIECES = 1 << 17


class VocabularyError(ValueError):
    """A vocabulary file cannot be used; the message says why."""


class VocabularyFile(msgspec.Struct):
    """The JSON of a vocabulary file: pairs of ids in the order in which they are merged.

    `begins_with_end` says whether each text that the model was trained on follows an `<|endoftext|>`.
    """

    format: int
    kind: str
    merges: list[Pair]
    begins_with_end: bool


class ByteBPE(BasicTokenizer):
    """Converts text to ids and back, as `playground.host.tokenizer.Tokenizer` describes."""

    chat_template: str | None = None
    bos_id: int | None = None

    def __init__(self, merges: Sequence[Pair] = (), begins_with_end: bool = True) -> None:
        super().__init__()
        self._set_merges(merges)
        self.adds_bos = begins_with_end

    def _set_merges(self, merges: Sequence[Pair]) -> None:
        self.merges = {pair: 256 + place for place, pair in enumerate(merges)}
        self.vocab = {idx: bytes([idx]) for idx in range(256)}
        for (left, right), idx in self.merges.items():
            self.vocab[idx] = self.vocab[left] + self.vocab[right]
        self.end_id = len(self.vocab)
        self.vocab[self.end_id] = END.encode()
        self.token_bytes = list(self.vocab.values())
        self.eos_id: int | None = self.end_id
        self.start_id = self.end_id
        self.end_ids = frozenset((self.end_id,))
        self._cache: dict[str, list[int]] = {}

    @property
    def vocab_size(self) -> int:
        """The number of ids, `<|endoftext|>` included."""
        return len(self.token_bytes)

    def train(self, text: str, vocab_size: int, verbose: bool = False) -> None:
        """Learns vocab_size - 257 merges, or fewer if no pair is left. Discards earlier merges.

        Pairs never cross the pieces of GPT-2's splitting; on a tie, the pair with the smaller ids is merged first.
        """
        pieces = Counter(piece for section in text.split(END) for piece in gpt2_split(section))
        self._set_merges(learn_merges(pieces, vocab_size - 257))
        self.adds_bos = END in text
        if verbose:
            for (left, right), idx in self.merges.items():
                print(f"{idx}: {self.vocab[left]!r} + {self.vocab[right]!r}")

    def encode(self, text: str, special: bool = True) -> list[int]:
        """Converts any text to ids. If `special` is true, `<|endoftext|>` becomes one id."""
        ids: list[int] = []
        for place, section in enumerate(text.split(END) if special else [text]):
            if place:
                ids.append(self.end_id)
            for piece in gpt2_split(section):
                ids += self._cache.get(piece) or self._encode_piece(piece)
        return ids

    def _encode_piece(self, piece: str) -> list[int]:
        if len(self._cache) >= MAX_CACHED_PIECES:
            self._cache.clear()
        ids = self._cache[piece] = super().encode(piece)
        return ids

    def decode_bytes(self, ids: Iterable[int]) -> bytes:
        return b"".join([self.token_bytes[idx] for idx in ids])

    def save(self, path: Path) -> None:
        """Writes the vocabulary file, complete or not at all. Raises OSError."""
        content = VocabularyFile(FORMAT, "byte-level BPE", list(self.merges), self.adds_bos)
        part = path.with_name(f"{path.name}.part")
        part.write_bytes(msgspec.json.encode(content))
        os.replace(part, path)

    @classmethod
    def load(cls, path: Path) -> "ByteBPE":
        """Reads a vocabulary file. Raises VocabularyError if it is damaged, OSError if it cannot be read."""
        try:
            content = msgspec.json.decode(path.read_bytes(), type=VocabularyFile)
        except (msgspec.MsgspecError, UnicodeDecodeError) as error:
            raise VocabularyError(f"{path.name} is damaged or is not a vocabulary file: {error}.") from error
        if content.format != FORMAT:
            raise VocabularyError(f"{path.name} has format {content.format}; this program reads format {FORMAT}.")
        for place, pair in enumerate(content.merges):
            if not all(0 <= idx < 256 + place for idx in pair):
                raise VocabularyError(f"{path.name} is damaged: its merge {place} joins ids that do not exist yet.")
        if len(set(content.merges)) < len(content.merges):
            raise VocabularyError(f"{path.name} is damaged: it has a merge twice.")
        return cls(content.merges, content.begins_with_end)


def learn_merges(pieces: dict[str, int], count: int) -> list[Pair]:
    """Returns up to `count` merges of the most frequent pairs; `pieces` maps each piece to its number of occurrences.

    Only the pieces that contain the merged pair are counted again (Sennrich et al., 2016, section 3.2), and a heap
    with outdated entries finds the most frequent pair.
    """
    words = [list(piece.encode("utf-8")) for piece in pieces]
    weights = list(pieces.values())
    counts: Counter[Pair] = Counter()
    places: dict[Pair, set[int]] = {}  # the words that contain the pair, or did
    for place, word in enumerate(words):
        for pair in pairwise(word):
            counts[pair] += weights[place]
            places.setdefault(pair, set()).add(place)
    heap = [(-number, pair) for pair, number in counts.items()]
    heapq.heapify(heap)
    merges: list[Pair] = []
    while heap and len(merges) < count:
        negative, best = heapq.heappop(heap)
        if counts[best] != -negative:  # outdated
            if counts[best] > 0:
                heapq.heappush(heap, (-counts[best], best))
            continue
        idx = 256 + len(merges)
        merges.append(best)
        changed: set[Pair] = set()
        for place in places.pop(best):
            word, weight = words[place], weights[place]
            merged = merge(word, best, idx)
            if len(merged) == len(word):
                continue
            for pair in pairwise(word):
                counts[pair] -= weight
            for pair in pairwise(merged):
                counts[pair] += weight
                places.setdefault(pair, set()).add(place)
                changed.add(pair)
            words[place] = merged
        for pair in changed:
            heapq.heappush(heap, (-counts[pair], pair))
    return merges
