import torch


def simple_attention(x):
    """Computes self-attention without trainable weights.

    x: (T, d), a sequence of T tokens, each a vector of d numbers
    Returns two tensors: the context (T, d) and the weights (T, T).
    """
    # 1. scores (T, T): the dot products of all pairs of tokens, not scaled.
    # 2. weights (T, T): the softmax of each row.
    # 3. context (T, d): for each token, the sum of all tokens weighted by its row of weights.
    raise NotImplementedError
