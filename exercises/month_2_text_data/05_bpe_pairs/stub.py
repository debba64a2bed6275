def get_stats(ids, counts=None):
    """Counts how often each adjacent pair occurs.

    ids: a list of ints
    counts: None, or a dict of earlier counts to add to
    Returns a dict from pair (left, right) to count.
    """
    raise NotImplementedError


def merge(ids, pair, idx):
    """Replaces every occurrence of a pair by one new id, from left to right.

    ids: a list of ints, which is not modified
    pair: (left, right)
    idx: the id that replaces the pair
    Returns a new list.
    """
    raise NotImplementedError
