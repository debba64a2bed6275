from collections import Counter
from itertools import pairwise


def get_stats(ids, counts=None):
    total = Counter(counts or {})
    total.update(pairwise(ids))
    return total


def merge(ids, pair, idx):
    out = []
    can_merge = False  # False after a merge, since the new id cannot be part of the same pair
    for id in ids:
        if can_merge and (out[-1], id) == tuple(pair):
            out[-1] = idx
            can_merge = False
        else:
            out.append(id)
            can_merge = True
    return out
