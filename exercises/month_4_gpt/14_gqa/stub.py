import torch
from torch import nn


class GroupedQueryAttention(nn.Module):
    """Causal attention in which several query heads share one key head and one value head.

    d_in, d_out: size of a token's vector in the input and in the output; the query heads split d_out
    dropout: probability of dropping an attention weight during training
    num_heads: number of query heads; it must divide d_out
    num_kv_groups: number of key heads, and of value heads; it must divide num_heads
    dtype: dtype of the weights; None for PyTorch's default
    qkv_bias: whether W_query, W_key and W_value have a bias
    """

    def __init__(self, d_in, d_out, dropout, num_heads, num_kv_groups, dtype=None, qkv_bias=False):
        super().__init__()
        # Raise an error for numbers that do not divide. Create self.W_query, self.W_key, self.W_value and
        # self.out_proj (nn.Linear), and self.dropout.
        raise NotImplementedError

    def forward(self, x):
        """x: (B, T, d_in), any T. Returns (B, T, d_out)."""
        raise NotImplementedError
