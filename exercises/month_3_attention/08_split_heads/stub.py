import torch


def split_heads(x, num_heads):
    """Shares out the numbers of each token among heads.

    x: (B, T, d), where num_heads divides d
    Returns (B, num_heads, T, d // num_heads): head h has its own part of every token, the h-th from the left.
    """
    raise NotImplementedError


def merge_heads(x):
    """Puts the heads of each token side by side again.

    x: (B, H, T, D)
    Returns (B, T, H * D), so that merge_heads(split_heads(x, num_heads)) is x.
    """
    raise NotImplementedError
