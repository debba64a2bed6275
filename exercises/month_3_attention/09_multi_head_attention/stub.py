import torch
from torch import nn


class MultiHeadAttention(nn.Module):
    """Several causal heads side by side, computed at once.

    d_in, d_out: numbers a token before and after; d_out is shared out among the heads
    context_length: the longest sequence that will come
    dropout: the share of attention weights dropped while training
    num_heads: how many heads; it must divide d_out
    qkv_bias: whether W_query, W_key and W_value have a bias
    """

    def __init__(self, d_in, d_out, context_length, dropout, num_heads, qkv_bias=False):
        super().__init__()
        # Refuse a num_heads that does not divide d_out. Then make self.W_query, self.W_key, self.W_value and
        # self.out_proj (nn.Linear; out_proj always has a bias), self.dropout, and the mask.
        raise NotImplementedError

    def forward(self, x):
        """x: (B, T, d_in), T up to context_length. Returns (B, T, d_out)."""
        raise NotImplementedError
