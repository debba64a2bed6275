"""The GPT with a dropout rate of its own for each place (book, exercise 4.3).

Shapes: batch size B, sequence length T, vocabulary size V. cfg has the keys vocab_size, context_length, emb_dim,
n_heads, n_layers, qkv_bias and, in place of drop_rate, drop_rate_emb, drop_rate_attn and drop_rate_shortcut.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import nn

from reference.attention import MultiHeadAttention
from reference.layers import FeedForward, LayerNorm


class TransformerBlock(nn.Module):
    """A transformer block with separate rates for attention weights and branches. (B, T, emb_dim) -> (B, T, emb_dim).

    Book, section 4.5 and exercise 4.3.
    """

    def __init__(self, cfg: dict[str, Any]) -> None:
        super().__init__()
        self.att = MultiHeadAttention(
            d_in=cfg["emb_dim"],
            d_out=cfg["emb_dim"],
            context_length=cfg["context_length"],
            dropout=cfg["drop_rate_attn"],  # of the attention weights
            num_heads=cfg["n_heads"],
            qkv_bias=cfg["qkv_bias"],
        )
        self.ff = FeedForward(cfg)
        self.norm1 = LayerNorm(cfg["emb_dim"])
        self.norm2 = LayerNorm(cfg["emb_dim"])
        self.drop_shortcut = nn.Dropout(cfg["drop_rate_shortcut"])  # of the branches

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        attended = self.att(self.norm1(x))  # (B, T, emb_dim), like all tensors below
        after_attention = x + self.drop_shortcut(attended)
        fed_forward = self.ff(self.norm2(after_attention))
        output = after_attention + self.drop_shortcut(fed_forward)
        return output


class GPTModel(nn.Module):
    """A GPT with separate dropout rates. Token ids (B, T) -> logits (B, T, V). Book, exercise 4.3."""

    def __init__(self, cfg: dict[str, Any]) -> None:
        super().__init__()
        self.tok_emb = nn.Embedding(cfg["vocab_size"], cfg["emb_dim"])
        self.pos_emb = nn.Embedding(cfg["context_length"], cfg["emb_dim"])
        self.drop_emb = nn.Dropout(cfg["drop_rate_emb"])  # of the sum of the embeddings
        self.trf_blocks = nn.Sequential(*[TransformerBlock(cfg) for _ in range(cfg["n_layers"])])
        self.final_norm = LayerNorm(cfg["emb_dim"])
        self.out_head = nn.Linear(cfg["emb_dim"], cfg["vocab_size"], bias=False)

    def forward(self, in_idx: torch.Tensor) -> torch.Tensor:
        positions = torch.arange(in_idx.shape[1], device=in_idx.device)
        embeddings = self.tok_emb(in_idx) + self.pos_emb(positions)  # (B, T, emb_dim)
        dropped_embeddings = self.drop_emb(embeddings)
        after_blocks = self.trf_blocks(dropped_embeddings)
        logits = self.out_head(self.final_norm(after_blocks))  # (B, T, V)
        return logits
