from __future__ import annotations


def get_stats(ids: list[int], counts: dict | None = None) -> dict:
    if counts is None:
        counts = {}
    for i in range(len(ids) - 1):
        counts.setdefault((ids[i], ids[i + 1]), 0)
        counts[ids[i], ids[i + 1]] += 1
    return counts


def merge(ids: list[int], pair: tuple[int, int], idx: int) -> list[int]:
    ids = ids.copy()
    i = 0
    while i < len(ids) - 1:
        if ids[i] == pair[0] and ids[i + 1] == pair[1]:
            ids[i : i + 2] = [idx]
        i += 1
    return ids
