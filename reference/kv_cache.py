"""A GPT with a key-value cache, and greedy generation with it (book, section 4.7; bonus material of chapter 4).

Shapes: batch size B, T new tokens, S tokens in the cache after them, vocabulary size V, H heads of dimension D. cfg has
the keys vocab_size, context_length, emb_dim, n_heads, n_layers, drop_rate and qkv_bias.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import nn

from reference.attention import MultiHeadAttention
from reference.layers import FeedForward, LayerNorm


class CachedAttention(MultiHeadAttention):
    """Causal multi-head attention that can keep the keys and values of earlier calls.

    (B, T, emb_dim) -> (B, T, emb_dim), S ≤ context_length. Shazeer, 2019, section 2.4; book, bonus of chapter 4.
    """

    cached_keys: torch.Tensor | None
    cached_values: torch.Tensor | None

    def __init__(self, cfg: dict[str, Any]) -> None:
        super().__init__(
            d_in=cfg["emb_dim"],
            d_out=cfg["emb_dim"],
            context_length=cfg["context_length"],
            dropout=cfg["drop_rate"],
            num_heads=cfg["n_heads"],
            qkv_bias=cfg["qkv_bias"],
        )
        self.register_buffer("cached_keys", None, persistent=False)  # never part of the state_dict
        self.register_buffer("cached_values", None, persistent=False)

    def reset_cache(self) -> None:
        self.cached_keys, self.cached_values = None, None

    def forward(self, x: torch.Tensor, use_cache: bool = False) -> torch.Tensor:
        B, T, _ = x.shape
        H, D = self.num_heads, self.head_dim
        queries = self.W_query(x).view(B, T, H, D).transpose(1, 2)  # (B, H, T, D)
        keys = self.W_key(x).view(B, T, H, D).transpose(1, 2)
        values = self.W_value(x).view(B, T, H, D).transpose(1, 2)
        if use_cache:
            if self.cached_keys is not None and self.cached_values is not None:
                keys = torch.cat((self.cached_keys, keys), dim=2)  # (B, H, S, D)
                values = torch.cat((self.cached_values, values), dim=2)
            self.cached_keys, self.cached_values = keys, values
        S = keys.shape[2]
        scores = queries @ keys.transpose(2, 3)  # (B, H, T, S)
        scaled_scores = scores / D**0.5
        future = self.mask[S - T : S, :S]  # the rows of the new tokens, which are the last T of S
        masked_scores = scaled_scores.masked_fill(future, float("-inf"))
        weights = torch.softmax(masked_scores, dim=-1)
        dropped_weights = self.dropout(weights)
        heads = dropped_weights @ values  # (B, H, T, D)
        context = heads.transpose(1, 2).reshape(B, T, H * D)
        output = self.out_proj(context)
        return output


class CachedBlock(nn.Module):
    """A transformer block that passes use_cache to its attention. (B, T, emb_dim) -> (B, T, emb_dim)."""

    def __init__(self, cfg: dict[str, Any]) -> None:
        super().__init__()
        self.att = CachedAttention(cfg)
        self.ff = FeedForward(cfg)
        self.norm1 = LayerNorm(cfg["emb_dim"])
        self.norm2 = LayerNorm(cfg["emb_dim"])
        self.drop_shortcut = nn.Dropout(cfg["drop_rate"])

    def forward(self, x: torch.Tensor, use_cache: bool = False) -> torch.Tensor:
        attended = self.att(self.norm1(x), use_cache=use_cache)
        after_attention = x + self.drop_shortcut(attended)
        fed_forward = self.ff(self.norm2(after_attention))
        return after_attention + self.drop_shortcut(fed_forward)


class GPTModel(nn.Module):
    """A GPT whose calls can continue a sequence. Token ids (B, T) -> logits (B, T, V).

    With use_cache, the ids follow those of earlier calls since the last reset_kv_cache, and the logits are those of
    the whole sequence at these positions. Without it, a call starts at position 0 and ignores the cache.
    """

    def __init__(self, cfg: dict[str, Any]) -> None:
        super().__init__()
        self.tok_emb = nn.Embedding(cfg["vocab_size"], cfg["emb_dim"])
        self.pos_emb = nn.Embedding(cfg["context_length"], cfg["emb_dim"])
        self.drop_emb = nn.Dropout(cfg["drop_rate"])
        self.trf_blocks = nn.ModuleList([CachedBlock(cfg) for _ in range(cfg["n_layers"])])
        self.final_norm = LayerNorm(cfg["emb_dim"])
        self.out_head = nn.Linear(cfg["emb_dim"], cfg["vocab_size"], bias=False)
        self.current_pos = 0  # the position of the next token, if it comes with use_cache

    def forward(self, in_idx: torch.Tensor, use_cache: bool = False) -> torch.Tensor:
        T = in_idx.shape[1]
        first = self.current_pos if use_cache else 0
        positions = torch.arange(first, first + T, device=in_idx.device)
        if use_cache:
            self.current_pos = first + T
        embeddings = self.tok_emb(in_idx) + self.pos_emb(positions)
        x = self.drop_emb(embeddings)  # (B, T, emb_dim)
        for block in self.trf_blocks:
            x = block(x, use_cache=use_cache)
        normed = self.final_norm(x)
        logits = self.out_head(normed)  # (B, T, V)
        return logits

    def reset_kv_cache(self) -> None:
        """Empties the cache: the next call with use_cache starts a new sequence."""
        for module in self.modules():
            if isinstance(module, CachedAttention):
                module.reset_cache()
        self.current_pos = 0


def generate_text_simple_cached(
    model: GPTModel,
    idx: torch.Tensor,
    max_new_tokens: int,
    context_size: int | None = None,
    use_cache: bool = True,
) -> torch.Tensor:
    """Appends the most likely token max_new_tokens times. (B, T) -> (B, T + max_new_tokens).

    With use_cache, the model gets the prompt once and then one token a step. T + max_new_tokens must not exceed
    context_size, by default the model's context_length.
    """
    was_training = model.training
    model.eval()  # disables dropout
    longest = context_size or model.pos_emb.num_embeddings
    model.reset_kv_cache()
    model_input = idx[:, -longest:]  # the prompt
    with torch.no_grad():
        for _ in range(max_new_tokens):
            logits = model(model_input, use_cache=use_cache)
            next_id = torch.argmax(logits[:, -1], dim=-1, keepdim=True)  # (B, 1)
            idx = torch.cat((idx, next_id), dim=1)
            model_input = next_id if use_cache else idx[:, -longest:]
    model.train(was_training)
    return idx
