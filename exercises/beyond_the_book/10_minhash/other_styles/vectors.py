"""Computes all hashes of a text as one array of NumPy."""

import hashlib
from collections import defaultdict

import numpy as np


def shingles(text, n):
    words = text.split()
    starts = range(max(len(words) - n, 0) + 1)
    return sorted({" ".join(words[s : s + n]) for s in starts})


def minhash(text, n, seeds):
    base = np.array([int(hashlib.md5(s.encode()).hexdigest()[:16], 16) for s in shingles(text, n)], dtype=np.uint64)
    out = []
    for seed in seeds:
        key = np.uint64(int(hashlib.md5(f"seed {seed}".encode()).hexdigest()[:16], 16))
        mixed = base ^ key
        for shift, factor in ((33, 0xFF51AFD7ED558CCD), (29, 0xC4CEB9FE1A85EC53)):
            mixed ^= mixed >> np.uint64(shift)
            mixed *= np.uint64(factor)
        out.append(int((mixed ^ (mixed >> np.uint64(32))).min()))
    return out


def near_duplicates(texts, threshold):
    signatures = [minhash(text, 3, range(120)) for text in texts]
    together = defaultdict(list)
    for i, signature in enumerate(signatures):
        for band in range(0, 120, 3):
            together[band, tuple(signature[band : band + 3])].append(i)
    pairs = {(a, b) for group in together.values() for a in group for b in group if a < b}

    def similarity(a, b):
        one, two = set(shingles(texts[a], 3)), set(shingles(texts[b], 3))
        return len(one & two) / len(one.union(two))

    return [pair for pair in sorted(pairs) if similarity(*pair) >= threshold]
