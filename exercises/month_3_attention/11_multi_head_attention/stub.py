import torch
from torch import nn


class MultiHeadAttention(nn.Module):
    """Causal multi-head attention that computes all heads at once.

    d_in, d_out: size of a token's vector in the input and in the output; the heads split d_out
    context_length: maximum length of a sequence
    dropout: probability of dropping an attention weight during training
    num_heads: number of heads; it must divide d_out
    qkv_bias: whether W_query, W_key and W_value have a bias
    """

    def __init__(self, d_in, d_out, context_length, dropout, num_heads, qkv_bias=False):
        super().__init__()
        # Raise an error if num_heads does not divide d_out. Create self.W_query, self.W_key, self.W_value and
        # self.out_proj (nn.Linear; out_proj always has a bias), self.dropout, and the mask.
        raise NotImplementedError

    def forward(self, x):
        """x: (B, T, d_in), T at most context_length. Returns (B, T, d_out)."""
        raise NotImplementedError
