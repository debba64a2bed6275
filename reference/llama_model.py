"""The Llama 3 model (Grattafiori et al., 2024, arXiv 2407.21783) made of the parts of earlier exercises.

RMSNorm replaces LayerNorm, SwiGLU replaces GELU, heads share keys and values, and rotary positions replace learned
ones: no position vector is added to the embeddings. There are no biases and no dropout. `reference.llama` computes the
same with a cache, for the playground.

Shapes: batch size B, sequence length T, H query heads, G key-value heads, head dimension D, embedding dimension C =
H·D, vocabulary size V.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

from reference.grouped_query_attention import GroupedQueryAttention
from reference.llama_layers import FeedForward, RMSNorm
from reference.rope import apply_rope, compute_rope_params


class RotaryAttention(GroupedQueryAttention):
    """Grouped-query attention whose queries and keys are rotated by their positions. (B, T, C) -> (B, T, C).

    cos and sin are the tables of `compute_rope_params`, each (at least T, D).
    """

    def forward(self, x: Tensor, cos: Tensor, sin: Tensor) -> Tensor:  # type: ignore[override]
        B, T, _ = x.shape
        H, G, D = self.num_heads, self.num_kv_groups, self.head_dim
        queries = self.W_query(x).view(B, T, H, D).transpose(1, 2)  # (B, H, T, D)
        keys = self.W_key(x).view(B, T, G, D).transpose(1, 2)  # (B, G, T, D)
        values = self.W_value(x).view(B, T, G, D).transpose(1, 2)
        rotated_queries = apply_rope(queries, cos, sin)
        rotated_keys = apply_rope(keys, cos, sin)
        repeated_keys = rotated_keys.repeat_interleave(H // G, dim=1)  # (B, H, T, D)
        repeated_values = values.repeat_interleave(H // G, dim=1)
        scaled_scores = rotated_queries @ repeated_keys.transpose(2, 3) / D**0.5  # (B, H, T, T)
        future = torch.triu(torch.ones(T, T, dtype=torch.bool, device=x.device), diagonal=1)
        masked_scores = scaled_scores.masked_fill(future, float("-inf"))
        weights = torch.softmax(masked_scores, dim=-1)
        heads = weights @ repeated_values  # (B, H, T, D)
        context = heads.transpose(1, 2).reshape(B, T, H * D)
        return self.out_proj(context)


class TransformerBlock(nn.Module):
    """A block with pre-norm: a norm before attention and one before the feed-forward. (B, T, C) -> (B, T, C)."""

    def __init__(self, cfg: dict[str, Any]) -> None:
        super().__init__()
        emb_dim = cfg["emb_dim"]
        self.norm1 = RMSNorm(emb_dim)
        self.att = RotaryAttention(emb_dim, emb_dim, 0.0, cfg["n_heads"], cfg["n_kv_groups"], dtype=cfg["dtype"])
        self.norm2 = RMSNorm(emb_dim)
        self.ff = FeedForward(cfg)

    def forward(self, x: Tensor, cos: Tensor, sin: Tensor) -> Tensor:
        attended = self.att(self.norm1(x), cos, sin)
        after_attention = x + attended
        processed = self.ff(self.norm2(after_attention))
        return after_attention + processed


class Llama3Model(nn.Module):
    """Token ids (B, T) -> logits (B, T, V), T at most cfg["context_length"].

    cfg has the keys vocab_size, context_length, emb_dim, n_heads, n_kv_groups, n_layers, hidden_dim, rope_base and
    dtype, which is the dtype of the weights and of the logits.
    """

    cos: Tensor  # (context_length, D)
    sin: Tensor

    def __init__(self, cfg: dict[str, Any]) -> None:
        super().__init__()
        self.tok_emb = nn.Embedding(cfg["vocab_size"], cfg["emb_dim"])
        self.trf_blocks = nn.ModuleList([TransformerBlock(cfg) for _ in range(cfg["n_layers"])])
        self.final_norm = RMSNorm(cfg["emb_dim"])
        self.out_head = nn.Linear(cfg["emb_dim"], cfg["vocab_size"], bias=False)
        self.to(cfg["dtype"])
        head_dim = cfg["emb_dim"] // cfg["n_heads"]
        cos, sin = compute_rope_params(head_dim, cfg["rope_base"], cfg["context_length"])  # stay in float32
        self.register_buffer("cos", cos, persistent=False)  # computed, so not stored with the weights
        self.register_buffer("sin", sin, persistent=False)

    def forward(self, in_idx: Tensor) -> Tensor:
        x = self.tok_emb(in_idx)  # (B, T, C)
        for block in self.trf_blocks:
            x = block(x, self.cos, self.sin)
        normalized = self.final_norm(x)
        logits = self.out_head(normalized)  # (B, T, V)
        return logits
