import torch
from torch import nn


class MultiHeadAttentionWithSWA(nn.Module):
    """Causal multi-head attention in which each token sees only the last tokens.

    d_in, d_out: size of a token's vector in the input and in the output; the heads split d_out
    dropout: probability of dropping an attention weight during training
    num_heads: number of heads; it must divide d_out
    qkv_bias: whether W_query, W_key and W_value have a bias
    sliding_window_size: how many tokens a token attends to, itself included; None for all earlier ones
    """

    def __init__(self, d_in, d_out, dropout, num_heads, qkv_bias=False, sliding_window_size=None):
        super().__init__()
        # Create self.W_query, self.W_key, self.W_value and self.out_proj (nn.Linear), self.dropout, and an empty cache.
        raise NotImplementedError

    def forward(self, x, use_cache=False):
        """x: (B, T, d_in), any T. With use_cache=True it continues the cached tokens. Returns (B, T, d_out)."""
        raise NotImplementedError

    def reset_cache(self):
        """Empties the cache."""
        raise NotImplementedError
