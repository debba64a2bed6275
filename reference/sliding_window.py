"""Causal attention that reaches back only a fixed number of tokens, with a cache of that size.

Child et al., 2019, arXiv 1904.10509 (local attention); Beltagy et al., 2020, Longformer, arXiv 2004.05150; Jiang et
al., 2023, Mistral 7B, arXiv 2310.06825 (the rolling cache).

Shapes: batch size B, T new tokens, S tokens with those in the cache, H heads, head dimension D = d_out / H, window W.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn


class MultiHeadAttentionWithSWA(nn.Module):
    """Multi-head attention with a sliding window. (B, T, d_in) -> (B, T, d_out).

    Each token attends to itself and to the sliding_window_size - 1 tokens before it; None means all before it. With
    use_cache=True, x continues the tokens in the cache. Raises ValueError if d_out is not a multiple of num_heads.
    """

    cached_keys: Tensor | None  # (B, H, at most W, D)
    cached_values: Tensor | None

    def __init__(
        self,
        d_in: int,
        d_out: int,
        dropout: float,
        num_heads: int,
        qkv_bias: bool = False,
        sliding_window_size: int | None = None,
    ) -> None:
        super().__init__()
        if d_out % num_heads != 0:
            raise ValueError(f"d_out ({d_out}) is not a multiple of num_heads ({num_heads})")
        self.num_heads = num_heads
        self.head_dim = d_out // num_heads
        self.sliding_window_size = sliding_window_size
        self.W_query = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.W_key = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.W_value = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.out_proj = nn.Linear(d_out, d_out)
        self.dropout = nn.Dropout(dropout)
        self.register_buffer("cached_keys", None, persistent=False)
        self.register_buffer("cached_values", None, persistent=False)

    def reset_cache(self) -> None:
        """Empties the cache; the next call with use_cache=True starts a new sequence."""
        self.cached_keys = self.cached_values = None

    def forward(self, x: Tensor, use_cache: bool = False) -> Tensor:
        B, T, _ = x.shape
        H, D, W = self.num_heads, self.head_dim, self.sliding_window_size
        queries = self.W_query(x).view(B, T, H, D).transpose(1, 2)  # (B, H, T, D)
        keys = self.W_key(x).view(B, T, H, D).transpose(1, 2)
        values = self.W_value(x).view(B, T, H, D).transpose(1, 2)
        if use_cache:
            if self.cached_keys is not None and self.cached_values is not None:
                keys = torch.cat((self.cached_keys, keys), dim=2)  # (B, H, S, D)
                values = torch.cat((self.cached_values, values), dim=2)
            kept = 0 if W is None else max(0, keys.shape[2] - W)  # the first key that a later token can reach
            self.cached_keys, self.cached_values = keys[:, :, kept:], values[:, :, kept:]
        S = keys.shape[2]
        positions = torch.arange(S, device=x.device)
        distances = positions[S - T :, None] - positions  # (T, S): how far each key lies before each query
        hidden = distances < 0  # the future
        if W is not None:
            hidden = hidden | (distances >= W)
        scaled_scores = queries @ keys.transpose(2, 3) / D**0.5  # (B, H, T, S)
        masked_scores = scaled_scores.masked_fill(hidden, float("-inf"))
        weights = torch.softmax(masked_scores, dim=-1)
        heads = self.dropout(weights) @ values  # (B, H, T, D)
        context = heads.transpose(1, 2).reshape(B, T, H * D)
        return self.out_proj(context)
