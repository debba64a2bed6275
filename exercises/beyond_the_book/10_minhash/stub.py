def minhash(text, n, seeds):
    """Returns the signature of a text: for each seed, the smallest hash of its shingles of n words.

    seeds: ints; the same seed gives the same hash function for every text and in every process
    Returns a list with one number for each seed.
    """
    raise NotImplementedError


def near_duplicates(texts, threshold):
    """Returns the pairs of similar texts: a sorted list of (i, j) with i < j.

    Similar: the Jaccard similarity of their sets of shingles of 3 words is at least `threshold`.
    """
    raise NotImplementedError
