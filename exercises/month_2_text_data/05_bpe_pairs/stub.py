def get_stats(ids, counts=None):
    """Counts how often each pair of neighbours occurs.

    ids: a list of ints
    counts: None, or a dict of earlier counts to go on from
    Returns a dict: pair (left, right) -> how often.
    """
    raise NotImplementedError


def merge(ids, pair, idx):
    """Replaces every occurrence of a pair by one new id, from left to right.

    ids: a list of ints, which stays as it is
    pair: (left, right)
    idx: the id that stands for the pair from now on
    Returns a new list.
    """
    raise NotImplementedError
