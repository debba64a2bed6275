"""Hashes each shingle once, and mixes the seeds in by arithmetic; bands of 5."""

import random
import zlib

PRIME = (1 << 61) - 1


def shingle_set(text, n):
    w = text.split()
    if len(w) < n:
        return {tuple(w)}
    return {tuple(w[i : i + n]) for i in range(len(w) - n + 1)}


def number(shingle):
    data = "\x1f".join(shingle).encode()
    return zlib.crc32(data) << 32 | zlib.adler32(data + b"!")


def minhash(text, n, seeds):
    numbers = [number(shingle) for shingle in shingle_set(text, n)]
    result = []
    for seed in seeds:
        source = random.Random(seed * 7919 + 13)
        a, b = source.randrange(1, PRIME), source.randrange(PRIME)
        result.append(min((a * x + b) % PRIME for x in numbers))
    return result


def near_duplicates(texts, threshold):
    rows, bands = 5, 40
    seeds = range(rows * bands)
    buckets = {}
    for i, text in enumerate(texts):
        signature = minhash(text, 3, seeds)
        for band in range(bands):
            key = (band, *signature[band * rows : (band + 1) * rows])
            buckets.setdefault(key, set()).add(i)
    found = set()
    for members in buckets.values():
        for i in members:
            for j in members:
                if i < j and (i, j) not in found:
                    a, b = shingle_set(texts[i], 3), shingle_set(texts[j], 3)
                    if len(a & b) >= threshold * len(a | b):
                        found.add((i, j))
    return sorted(found)
