"""Finds texts that are nearly the same, as the data of language models are cleaned.

MinHash: Broder, 1997, "On the resemblance and containment of documents". Locality-sensitive hashing: Indyk and
Motwani, 1998; Leskovec, Rajaraman and Ullman, "Mining of Massive Datasets", chapter 3. Lee et al., 2022, arXiv
2107.06499, on what duplicates do to language models.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Sequence
from itertools import combinations

WORDS = 3  # in a shingle of near_duplicates
BANDS = 32  # more bands find less similar pairs
ROWS = 3  # of a band; more rows give fewer candidates


def shingles(text: str, n: int) -> set[str]:
    """Returns the different runs of n words of a text; a shorter text is one run."""
    words = text.split()
    return {" ".join(words[start : start + n]) for start in range(max(1, len(words) - n + 1))}


def stable_hash(shingle: str, seed: int) -> int:
    """Returns 64 bits that are the same in every process, unlike those of hash()."""
    digest = hashlib.blake2b(f"{seed} {shingle}".encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big")


def minhash(text: str, n: int, seeds: Iterable[int]) -> list[int]:
    """Returns the signature of a text: for each seed, the smallest hash of its shingles of n words.

    Two signatures agree in a position with a probability of the Jaccard similarity of the two sets of shingles.
    """
    text_shingles = shingles(text, n)
    signature = [min(stable_hash(shingle, seed) for shingle in text_shingles) for seed in seeds]
    return signature


def near_duplicates(texts: Sequence[str], threshold: float) -> list[tuple[int, int]]:
    """Returns the pairs (i, j), i < j, of texts whose Jaccard similarity is at least the threshold, in order.

    Only texts whose signatures agree in a whole band are compared. A pair with similarity s is overlooked with a
    probability of (1 - s^ROWS)^BANDS: 1 in 2,400 for s = 0.6.
    """
    signatures = [minhash(text, WORDS, range(BANDS * ROWS)) for text in texts]
    candidates: set[tuple[int, int]] = set()
    for start in range(0, BANDS * ROWS, ROWS):
        buckets = defaultdict(list)  # the texts with equal numbers in this band
        for index, signature in enumerate(signatures):
            buckets[tuple(signature[start : start + ROWS])].append(index)
        for bucket in buckets.values():
            candidates.update(combinations(bucket, 2))
    sets = [shingles(text, WORDS) for text in texts]
    pairs = [(i, j) for i, j in sorted(candidates) if jaccard(sets[i], sets[j]) >= threshold]
    return pairs


def jaccard(first: set[str], second: set[str]) -> float:
    """Returns the share of the elements of two sets that both have, from 0 to 1."""
    return len(first & second) / len(first | second)
