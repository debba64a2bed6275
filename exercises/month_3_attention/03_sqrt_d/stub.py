import torch


def score_statistics(queries, keys, scaled):
    """Measures how far attention scores spread, and how evenly the weights are distributed.

    queries: (N, d)
    keys: (M, d)
    scaled: whether to divide the scores by the root of d
    Returns the variance of all scores and the mean entropy of the rows of weights, both as tensors without dimensions.
    """
    raise NotImplementedError
