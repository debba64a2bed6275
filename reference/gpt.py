"""A GPT: embeddings, a stack of transformer blocks, a norm and a head (book, sections 4.5 and 4.6).

Shapes: B sequences of T tokens; vocabulary V. cfg holds vocab_size, context_length, emb_dim, n_heads,
n_layers, drop_rate and qkv_bias.
"""
# ruff: noqa: RET504 - the last step has a name as well, since a diagnosis names steps

from __future__ import annotations

from typing import Any

import torch
from torch import nn

from reference.attention import MultiHeadAttention
from reference.layers import FeedForward, LayerNorm


class TransformerBlock(nn.Module):
    """Attention and feed-forward, each with a norm before it and a shortcut around it.

    (B, T, emb_dim) in and out. Book, section 4.5; the norms come first, as in GPT-2 (Radford et al., 2019).
    """

    def __init__(self, cfg: dict[str, Any]) -> None:
        super().__init__()
        self.att = MultiHeadAttention(
            d_in=cfg["emb_dim"],
            d_out=cfg["emb_dim"],
            context_length=cfg["context_length"],
            dropout=cfg["drop_rate"],
            num_heads=cfg["n_heads"],
            qkv_bias=cfg["qkv_bias"],
        )
        self.ff = FeedForward(cfg)
        self.norm1 = LayerNorm(cfg["emb_dim"])
        self.norm2 = LayerNorm(cfg["emb_dim"])
        self.drop_shortcut = nn.Dropout(cfg["drop_rate"])

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        normed_for_attention = self.norm1(x)  # (B, T, emb_dim), as everything below
        attended = self.att(normed_for_attention)
        after_attention = x + self.drop_shortcut(attended)  # the shortcut carries x itself, not the normed x
        normed_for_feed_forward = self.norm2(after_attention)
        fed_forward = self.ff(normed_for_feed_forward)
        output = after_attention + self.drop_shortcut(fed_forward)
        return output
