import torch
from torch import nn

from parts import CausalAttention


class MultiHeadAttentionWrapper(nn.Module):
    """Multi-head attention as a list of causal heads whose outputs are concatenated.

    d_in, d_out: size of a token's vector in the input and in each head's output
    context_length, dropout, qkv_bias: arguments of every CausalAttention
    num_heads: number of heads
    """

    def __init__(self, d_in, d_out, context_length, dropout, num_heads, qkv_bias=False):
        super().__init__()
        # Create self.heads: num_heads modules CausalAttention(d_in, d_out, context_length, dropout, qkv_bias).
        raise NotImplementedError

    def forward(self, x):
        """x: (B, T, d_in), T at most context_length. Returns (B, T, d_out * num_heads)."""
        raise NotImplementedError
