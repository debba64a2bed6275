"""The GPT architecture (book, sections 4.5 and 4.6).

Shapes: batch size B, sequence length T, vocabulary size V. cfg has the keys vocab_size, context_length, emb_dim,
n_heads, n_layers, drop_rate and qkv_bias.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import nn

from reference.attention import MultiHeadAttention
from reference.layers import FeedForward, LayerNorm


class TransformerBlock(nn.Module):
    """Attention and a feed-forward network, each with pre-norm and a shortcut. (B, T, emb_dim) -> (B, T, emb_dim).

    Book, section 4.5; Radford et al., 2019.
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
        normed_for_attention = self.norm1(x)  # (B, T, emb_dim), like all tensors below
        attended = self.att(normed_for_attention)
        after_attention = x + self.drop_shortcut(attended)  # adds x, not the normalized x
        normed_for_feed_forward = self.norm2(after_attention)
        fed_forward = self.ff(normed_for_feed_forward)
        output = after_attention + self.drop_shortcut(fed_forward)
        return output


class GPTModel(nn.Module):
    """A GPT. Token ids (B, T) -> logits (B, T, V) for the next token at each position, T ≤ context_length.

    Book, section 4.6; Radford et al., 2019.
    """

    def __init__(self, cfg: dict[str, Any]) -> None:
        super().__init__()
        self.tok_emb = nn.Embedding(cfg["vocab_size"], cfg["emb_dim"])
        self.pos_emb = nn.Embedding(cfg["context_length"], cfg["emb_dim"])
        self.drop_emb = nn.Dropout(cfg["drop_rate"])
        self.trf_blocks = nn.Sequential(*[TransformerBlock(cfg) for _ in range(cfg["n_layers"])])
        self.final_norm = LayerNorm(cfg["emb_dim"])
        self.out_head = nn.Linear(cfg["emb_dim"], cfg["vocab_size"], bias=False)

    def forward(self, in_idx: torch.Tensor) -> torch.Tensor:
        T = in_idx.shape[1]
        positions = torch.arange(T, device=in_idx.device)  # 0 … T-1, on the device of in_idx
        token_embeddings = self.tok_emb(in_idx)  # (B, T, emb_dim)
        position_embeddings = self.pos_emb(positions)  # (T, emb_dim), the same for every sequence
        embeddings = token_embeddings + position_embeddings
        dropped_embeddings = self.drop_emb(embeddings)
        after_blocks = self.trf_blocks(dropped_embeddings)
        normed = self.final_norm(after_blocks)
        logits = self.out_head(normed)  # (B, T, V)
        return logits
