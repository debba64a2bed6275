from parts import FeedForward, LayerNorm, MultiHeadAttention
from torch import nn


class TransformerBlock(nn.Module):
    """A transformer block: attention and a feed-forward network, each with a layer norm and a shortcut.

    cfg: a dict with emb_dim, context_length, n_heads, drop_rate, qkv_bias (and others)
    """

    def __init__(self, cfg):
        super().__init__()
        # Create self.att (MultiHeadAttention), self.ff (FeedForward), self.norm1 and self.norm2 (LayerNorm),
        # and a dropout for the branches.
        raise NotImplementedError

    def forward(self, x):
        """x: (B, T, emb_dim). Returns the same shape."""
        raise NotImplementedError
