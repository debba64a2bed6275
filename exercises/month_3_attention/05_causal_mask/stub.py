import torch


def causal_softmax(scores):
    """Computes causal attention weights: no token attends to later tokens.

    scores: (..., T, T), row t for the query of token t, column s for the key of token s
    Returns the weights, (..., T, T): 0 where s > t, and each row sums to 1. Does not scale or change the scores.
    """
    # 1. Create a mask that is True above the diagonal.
    # 2. Set these scores to a value that gets weight 0.
    # 3. Apply the softmax to each row.
    raise NotImplementedError
