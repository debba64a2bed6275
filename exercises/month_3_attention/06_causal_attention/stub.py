import torch
from torch import nn


class CausalAttention(nn.Module):
    """One attention head in which a token sees only itself and what came before.

    d_in, d_out: numbers a token before and after
    context_length: the longest sequence that will come
    dropout: the share of attention weights dropped while training
    qkv_bias: whether the three projections have a bias
    """

    def __init__(self, d_in, d_out, context_length, dropout, qkv_bias=False):
        super().__init__()
        # Make self.W_query, self.W_key and self.W_value (nn.Linear), self.dropout, and the mask.
        raise NotImplementedError

    def forward(self, x):
        """x: (B, T, d_in), T up to context_length. Returns the context vectors, (B, T, d_out)."""
        raise NotImplementedError
