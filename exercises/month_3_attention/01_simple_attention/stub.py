import torch


def simple_attention(x):
    """Self-attention without weights that could be trained.

    x: (T, d), a sequence of T tokens, each a vector of d numbers
    Returns two tensors: context (T, d) and weights (T, T).
    """
    # 1. scores (T, T): the dot product of every token with every token, not scaled.
    # 2. weights (T, T): the softmax of each row.
    # 3. context (T, d): for each token, all tokens mixed by its row of weights.
    raise NotImplementedError
