import torch
from parts import FeedForward, LayerNorm, MultiHeadAttention
from torch import nn


class TransformerBlock(nn.Module):
    """A transformer block with separate dropout rates.

    cfg: a dict with emb_dim, context_length, n_heads, qkv_bias, drop_rate_attn, drop_rate_shortcut (and others)
    """

    def __init__(self, cfg):
        super().__init__()
        raise NotImplementedError

    def forward(self, x):
        """x: (B, T, emb_dim). Returns the same shape."""
        raise NotImplementedError


class GPTModel(nn.Module):
    """A GPT with separate dropout rates.

    cfg: a dict with vocab_size, context_length, emb_dim, n_heads, n_layers, qkv_bias, drop_rate_emb, drop_rate_attn,
        drop_rate_shortcut; it has no drop_rate
    """

    def __init__(self, cfg):
        super().__init__()
        raise NotImplementedError

    def forward(self, in_idx):
        """in_idx: (B, T) token ids, T at most context_length. Returns the logits, (B, T, vocab_size)."""
        raise NotImplementedError
