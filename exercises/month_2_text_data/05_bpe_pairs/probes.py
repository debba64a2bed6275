"""Probes for get_stats and merge."""

from exercises.kit import Int, Ints, token_ids

IDS = [5, 1, 2, 3, 1, 2, 2, 1, 5]


def repetitive_ids(length, distinct=3):
    """Ids from 1 to `distinct`."""
    return [id + 1 for id in token_ids(length, vocab_size=distinct).tolist()]


def example(impl):
    """The worked example: the counts, then the merged list."""
    ids = [1, 2, 1, 2, 3]
    return [dict(impl.get_stats(list(ids))), impl.merge(list(ids), (1, 2), 256)]


def stats(impl):
    """Counts the pairs of a short list."""
    return impl.get_stats(list(IDS))


def stats_of_repeats(impl):
    """Counts the pairs of lists that repeat one id."""
    return [impl.get_stats([7] * length) for length in (2, 3, 4, 5)]


def stats_of_shortest(impl):
    """Counts the pairs of an empty list and of a single id."""
    return [impl.get_stats([]), impl.get_stats([4])]


def stats_varied(impl, length: Int[0, 12] = 5, distinct: Int[1, 4] = 2):
    """Counts the pairs of a list of any length."""
    return impl.get_stats(repetitive_ids(length, distinct))


def stats_continued(impl):
    """Adds to earlier counts, of which one pair occurs in the list and one does not."""
    return impl.get_stats([1, 2, 1, 2, 3], {(1, 2): 10, (9, 9): 4})


def stats_twice(impl):
    """Counts the pairs of the same list in two calls."""
    first = dict(impl.get_stats([1, 2, 3]))
    return {"first": first, "again": dict(impl.get_stats([1, 2, 3]))}


def merged(impl):
    """Merges a pair in a list that also contains the reversed pair."""
    return impl.merge(list(IDS), (1, 2), 256)


def merged_ends(impl):
    """Merges the pair at the start, at the end, at both, and on its own."""
    return [impl.merge(ids, (1, 2), 300) for ids in ([1, 2, 3], [3, 1, 2], [1, 2, 3, 1, 2], [1, 2])]


def merged_repeats(impl, length: Int[0, 9] = 3):
    """Merges a repeated id with itself."""
    return impl.merge([7] * length, (7, 7), 256)


def merged_absent(impl):
    """Merges in lists without the pair, some with half of it or with the same digits."""
    return [impl.merge(ids, (1, 2), 256) for ids in ([], [1], [2], [2, 1], [1, 3, 2], [11, 2], [1, 21], [12])]


def merged_varied(impl, length: Int[0, 14] = 6, left: Int[1, 3] = 1, right: Int[1, 3] = 2):
    """Merges any pair in a list of any length."""
    return impl.merge(repetitive_ids(length), (left, right), 400)


def long(impl):
    """Counts and merges the ids of a long text, and returns totals."""
    ids = repetitive_ids(1200, distinct=4)
    counts = impl.get_stats(ids)
    merged_ids = impl.merge(ids, (1, 2), 256)
    return {"pairs": sum(counts.values()), "kinds": len(counts), "ids": len(merged_ids), "sum": sum(merged_ids)}


def any_stats(impl, ids: Ints[0, 24, 0, 9] = (1, 2, 1, 2, 3)):
    """Counts the pairs of any ids."""
    return impl.get_stats(list(ids))


def any_merged(
    impl, ids: Ints[0, 24, 0, 9] = (1, 2, 1, 2, 3), left: Int[0, 9] = 1, right: Int[0, 9] = 2, idx: Int[0, 300] = 256
):
    """Merges any pair of any ids into any id."""
    return impl.merge(list(ids), (left, right), idx)
