import torch


def split_heads(x, num_heads):
    """Splits the vector of each token into heads.

    x: (B, T, d), where num_heads divides d
    Returns (B, num_heads, T, d // num_heads): head h has the h-th part of every token's vector.
    """
    raise NotImplementedError


def merge_heads(x):
    """Concatenates the heads of each token.

    x: (B, H, T, D)
    Returns (B, T, H * D), so that merge_heads(split_heads(x, num_heads)) is x.
    """
    raise NotImplementedError
