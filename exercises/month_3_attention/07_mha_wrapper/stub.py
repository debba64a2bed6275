import torch
from torch import nn

from parts import CausalAttention


class MultiHeadAttentionWrapper(nn.Module):
    """Several causal heads, run one after the other, their results side by side.

    d_in, d_out: numbers a token before, and after in each head
    context_length, dropout, qkv_bias: for every CausalAttention
    num_heads: how many heads
    """

    def __init__(self, d_in, d_out, context_length, dropout, num_heads, qkv_bias=False):
        super().__init__()
        # Make self.heads: num_heads modules CausalAttention(d_in, d_out, context_length, dropout, qkv_bias).
        raise NotImplementedError

    def forward(self, x):
        """x: (B, T, d_in), T up to context_length. Returns (B, T, d_out * num_heads)."""
        raise NotImplementedError
