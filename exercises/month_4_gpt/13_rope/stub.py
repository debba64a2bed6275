import torch


def compute_rope_params(head_dim, theta_base=10_000, context_length=4096, dtype=torch.float32):
    """Computes the tables of rotary position embeddings.

    head_dim: numbers per token in one head, an even number
    theta_base: the frequencies are theta_base^(-2i / head_dim)
    context_length: number of positions
    dtype: dtype of the tables
    Returns (cos, sin), each (context_length, head_dim).
    """
    raise NotImplementedError


def apply_rope(x, cos, sin):
    """Rotates each pair of numbers (i and i + D/2) by the angle of its token's position.

    x: queries or keys, (B, H, T, D)
    cos, sin: tables with at least T rows, from compute_rope_params
    Returns (B, H, T, D), in the dtype of x.
    """
    raise NotImplementedError
