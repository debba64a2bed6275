import torch


def flash_attention(q, k, v, block_size, causal=True):
    """Computes attention on block_size keys at a time, without storing all scores.

    q, k, v: (..., T, d), where ... can be a batch dimension, or a batch and a head dimension
    block_size: number of keys per block, at least 1; the last block can be shorter
    causal: whether to mask the keys after each query
    Returns softmax(q kᵀ / √d) v, of shape (..., T, d).
    """
    # For each query, keep the largest score so far, the sum of exp(score - largest), and the sum of
    # exp(score - largest) * value. Rescale both sums when the largest score changes.
    raise NotImplementedError
