from parts import FeedForward, LayerNorm, MultiHeadAttention
from torch import nn


class TransformerBlock(nn.Module):
    """Attention and feed-forward, each with a norm before it and a shortcut around it.

    cfg: a dict with emb_dim, context_length, n_heads, drop_rate, qkv_bias (and more)
    """

    def __init__(self, cfg):
        super().__init__()
        # Make self.att (MultiHeadAttention), self.ff (FeedForward), self.norm1 and self.norm2 (LayerNorm),
        # and a dropout for the branches.
        raise NotImplementedError

    def forward(self, x):
        """x: (B, T, emb_dim). Returns the same shape."""
        raise NotImplementedError
