import torch
from parts import FeedForward, GroupedQueryAttention, RMSNorm, apply_rope, compute_rope_params
from torch import nn


class RotaryAttention(GroupedQueryAttention):
    """Grouped-query attention that rotates its queries and keys. (B, T, emb_dim) -> (B, T, emb_dim)."""

    # W_query, W_key, W_value and out_proj exist. Write a forward that also takes the tables cos and sin.


class TransformerBlock(nn.Module):
    """A block with pre-norm: norm1, att, norm2 and ff. (B, T, emb_dim) -> (B, T, emb_dim)."""


class Llama3Model(nn.Module):
    """A Llama.

    cfg: a dict with vocab_size, context_length, emb_dim, n_heads, n_kv_groups, n_layers, hidden_dim, rope_base,
    dtype, and rope_freq, which is None
    """

    def __init__(self, cfg):
        super().__init__()
        # Create self.tok_emb, self.trf_blocks, self.final_norm and self.out_head, and the tables of RoPE.
        raise NotImplementedError

    def forward(self, in_idx):
        """in_idx: token ids (B, T), T at most context_length. Returns logits (B, T, vocab_size)."""
        raise NotImplementedError
