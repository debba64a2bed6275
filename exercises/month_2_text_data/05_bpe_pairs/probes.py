"""What is asked of get_stats and merge."""

from grader.probing import Int, Ints, token_ids

IDS = [5, 1, 2, 3, 1, 2, 2, 1, 5]


def written(length, of=3, seed=0):
    """Some ids with many repeats."""
    return [id + 1 for id in token_ids(length + seed, vocab_size=of).tolist()[seed:]]


def stats(impl):
    """The pairs of a short list."""
    return impl.get_stats(list(IDS))


def stats_of_repeats(impl):
    """The pairs of lists that repeat one id."""
    return [impl.get_stats([7] * length) for length in (2, 3, 4, 5)]


def stats_of_shortest(impl):
    """The pairs of lists too short to hold one."""
    return [impl.get_stats([]), impl.get_stats([4])]


def stats_varied(impl, length: Int[0, 12] = 5, of: Int[1, 4] = 2):
    """The pairs of a list of any length."""
    return impl.get_stats(written(length, of))


def stats_continued(impl):
    """Counting goes on from earlier counts, in which one pair is known and one never comes."""
    return impl.get_stats([1, 2, 1, 2, 3], {(1, 2): 10, (9, 9): 4})


def stats_twice(impl):
    """The same list counted twice, each time from nothing."""
    first = dict(impl.get_stats([1, 2, 3]))
    return {"first": first, "again": dict(impl.get_stats([1, 2, 3]))}


def merged(impl):
    """One pair in the middle, one before another id, one the other way round."""
    return impl.merge(list(IDS), (1, 2), 256)


def merged_ends(impl):
    """The pair at the start, at the end, at both, and alone."""
    return [impl.merge(ids, (1, 2), 300) for ids in ([1, 2, 3], [3, 1, 2], [1, 2, 3, 1, 2], [1, 2])]


def merged_repeats(impl, length: Int[0, 9] = 3):
    """A list of one id, merged with itself."""
    return impl.merge([7] * length, (7, 7), 256)


def merged_absent(impl):
    """Lists that do not hold the pair; the last hold one half of it, and digits that look like it."""
    return [impl.merge(ids, (1, 2), 256) for ids in ([], [1], [2], [2, 1], [1, 3, 2], [11, 2], [1, 21], [12])]


def merged_varied(impl, length: Int[0, 14] = 6, left: Int[1, 3] = 1, right: Int[1, 3] = 2):
    """Any list and pair."""
    return impl.merge(written(length), (left, right), 400)


def long(impl):
    """A text's worth of ids, counted and merged: how many pairs and ids there are, and the sum."""
    ids = written(1200, of=4)
    counted = impl.get_stats(ids)
    left = impl.merge(ids, (1, 2), 256)
    return {"pairs": sum(counted.values()), "kinds": len(counted), "ids": len(left), "sum": sum(left)}


def any_stats(impl, ids: Ints[0, 24, 0, 9] = (1, 2, 1, 2, 3)):
    """The pairs of any ids."""
    return impl.get_stats(list(ids))


def any_merged(
    impl, ids: Ints[0, 24, 0, 9] = (1, 2, 1, 2, 3), left: Int[0, 9] = 1, right: Int[0, 9] = 2, idx: Int[0, 300] = 256
):
    """Any ids with any pair merged, into any id."""
    return impl.merge(list(ids), (left, right), idx)
