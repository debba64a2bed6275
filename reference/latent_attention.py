"""Attention whose cache holds one short latent vector per token instead of keys and values.

DeepSeek-AI, 2024, DeepSeek-V2, arXiv 2405.04434, section 2.1 (without its decoupled rotary positions).

Shapes: batch size B, T new tokens, S tokens with those in the cache, H heads, head dimension D = d_out / H, latent
dimension L.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn


class MultiHeadLatentAttention(nn.Module):
    """Multi-head latent attention. (B, T, d_in) -> (B, T, d_out).

    Keys and values are computed from a latent of latent_dim numbers per token, which all heads share; None means
    max(16, d_out // 8). With use_cache=True, x continues the tokens in the cache. Raises ValueError if d_out is not a
    multiple of num_heads.
    """

    cached_latents: Tensor | None  # (B, S, L)

    def __init__(
        self,
        d_in: int,
        d_out: int,
        dropout: float,
        num_heads: int,
        qkv_bias: bool = False,
        latent_dim: int | None = None,
    ) -> None:
        super().__init__()
        if d_out % num_heads != 0:
            raise ValueError(f"d_out ({d_out}) is not a multiple of num_heads ({num_heads})")
        self.num_heads = num_heads
        self.head_dim = d_out // num_heads
        self.latent_dim = max(16, d_out // 8) if latent_dim is None else latent_dim
        self.W_query = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.W_DKV = nn.Linear(d_in, self.latent_dim, bias=qkv_bias)  # down to the latent
        self.W_UK = nn.Linear(self.latent_dim, d_out, bias=qkv_bias)  # up to the keys of all heads
        self.W_UV = nn.Linear(self.latent_dim, d_out, bias=qkv_bias)  # up to the values of all heads
        self.out_proj = nn.Linear(d_out, d_out)
        self.dropout = nn.Dropout(dropout)
        self.register_buffer("cached_latents", None, persistent=False)

    def reset_cache(self) -> None:
        """Empties the cache; the next call with use_cache=True starts a new sequence."""
        self.cached_latents = None

    def forward(self, x: Tensor, use_cache: bool = False) -> Tensor:
        B, T, _ = x.shape
        H, D = self.num_heads, self.head_dim
        queries = self.W_query(x).view(B, T, H, D).transpose(1, 2)  # (B, H, T, D)
        latents = self.W_DKV(x)  # (B, T, L)
        if use_cache:
            if self.cached_latents is not None:
                latents = torch.cat((self.cached_latents, latents), dim=1)  # (B, S, L)
            self.cached_latents = latents
        S = latents.shape[1]
        keys = self.W_UK(latents).view(B, S, H, D).transpose(1, 2)  # (B, H, S, D)
        values = self.W_UV(latents).view(B, S, H, D).transpose(1, 2)
        scaled_scores = queries @ keys.transpose(2, 3) / D**0.5  # (B, H, T, S)
        future = torch.ones(T, S, dtype=torch.bool, device=x.device).triu(diagonal=S - T + 1)
        masked_scores = scaled_scores.masked_fill(future, float("-inf"))
        weights = torch.softmax(masked_scores, dim=-1)
        heads = self.dropout(weights) @ values  # (B, H, T, D)
        context = heads.transpose(1, 2).reshape(B, T, H * D)
        return self.out_proj(context)
