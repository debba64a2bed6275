import torch


def causal_softmax(scores):
    """Attention weights from scores, such that no token sees the tokens after it.

    scores: (..., T, T), row t for the token that asks, column s for the token that is asked
    Returns weights (..., T, T): 0 where s > t, and each row sums to 1. The scores are not scaled or changed.
    """
    # 1. Find the places above the diagonal.
    # 2. Put a score there that gets no weight.
    # 3. Take the softmax of each row.
    raise NotImplementedError
