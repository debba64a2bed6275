from collections import Counter
from itertools import pairwise


def get_stats(ids, counts=None):
    total = Counter(counts or {})
    total.update(pairwise(ids))
    return total


def merge(ids, pair, idx):
    out = []
    waiting = False  # whether the id at the end of out may still become the first half of a pair
    for id in ids:
        if waiting and (out[-1], id) == tuple(pair):
            out[-1] = idx
            waiting = False
        else:
            out.append(id)
            waiting = True
    return out
