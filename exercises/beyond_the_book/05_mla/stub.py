import torch
from torch import nn


class MultiHeadLatentAttention(nn.Module):
    """Causal multi-head attention that computes keys and values from a short latent, which alone is cached.

    d_in, d_out: size of a token's vector in the input and in the output; the heads split d_out
    dropout: probability of dropping an attention weight during training
    num_heads: number of heads; it must divide d_out
    qkv_bias: whether W_query, W_DKV, W_UK and W_UV have a bias
    latent_dim: size of the latent; None for max(16, d_out // 8)
    """

    def __init__(self, d_in, d_out, dropout, num_heads, qkv_bias=False, latent_dim=None):
        super().__init__()
        # Create self.W_query, self.W_DKV, self.W_UK, self.W_UV, self.out_proj (nn.Linear), self.dropout, and an
        # empty cache.
        raise NotImplementedError

    def forward(self, x, use_cache=False):
        """x: (B, T, d_in), any T. With use_cache=True it continues the cached tokens. Returns (B, T, d_out)."""
        raise NotImplementedError

    def reset_cache(self):
        """Empties the cache."""
        raise NotImplementedError
