import torch


def flash_attention(q, k, v, block_size, causal=True):
    """Attention that looks at block_size keys at a time and never holds all scores.

    q, k, v: (..., T, d); in front may stand a batch and heads
    block_size: how many keys at a time, at least 1; the last block may be shorter
    causal: whether a query sees only keys up to its own place
    Returns softmax(q kᵀ / √d) v, of shape (..., T, d).
    """
    # For each query keep, over the blocks: the largest score so far, the sum of exp(score - largest), and the
    # values added up with exp(score - largest) as factors. Correct the last two when the largest changes.
    raise NotImplementedError
