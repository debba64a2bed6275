"""Causal attention in which several query heads share one key head and one value head.

Ainslie et al., 2023, arXiv 2305.13245.

Shapes: batch size B, sequence length T, H query heads, G groups (key-value heads), head dimension D = d_out / H.
"""

from __future__ import annotations

import torch
from torch import nn


class GroupedQueryAttention(nn.Module):
    """Grouped-query attention. (B, T, d_in) -> (B, T, d_out).

    With num_kv_groups = num_heads it is multi-head attention, with num_kv_groups = 1 multi-query attention. Raises
    ValueError if d_out is not a multiple of num_heads, or num_heads not one of num_kv_groups.
    """

    def __init__(
        self,
        d_in: int,
        d_out: int,
        dropout: float,
        num_heads: int,
        num_kv_groups: int,
        dtype: torch.dtype | None = None,
        qkv_bias: bool = False,
    ) -> None:
        super().__init__()
        if d_out % num_heads != 0:
            raise ValueError(f"d_out ({d_out}) is not a multiple of num_heads ({num_heads})")
        if num_heads % num_kv_groups != 0:
            raise ValueError(f"num_heads ({num_heads}) is not a multiple of num_kv_groups ({num_kv_groups})")
        self.num_heads = num_heads
        self.num_kv_groups = num_kv_groups
        self.head_dim = d_out // num_heads
        kv_dim = num_kv_groups * self.head_dim
        self.W_query = nn.Linear(d_in, d_out, bias=qkv_bias, dtype=dtype)
        self.W_key = nn.Linear(d_in, kv_dim, bias=qkv_bias, dtype=dtype)
        self.W_value = nn.Linear(d_in, kv_dim, bias=qkv_bias, dtype=dtype)
        self.out_proj = nn.Linear(d_out, d_out, bias=False, dtype=dtype)
        self.dropout = nn.Dropout(dropout)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        B, T, _ = x.shape
        H, G, D = self.num_heads, self.num_kv_groups, self.head_dim
        queries = self.W_query(x).view(B, T, H, D).transpose(1, 2)  # (B, H, T, D)
        keys = self.W_key(x).view(B, T, G, D).transpose(1, 2)  # (B, G, T, D)
        values = self.W_value(x).view(B, T, G, D).transpose(1, 2)
        repeated_keys = keys.repeat_interleave(H // G, dim=1)  # (B, H, T, D): k0, k0, k1, k1
        repeated_values = values.repeat_interleave(H // G, dim=1)
        scores = queries @ repeated_keys.transpose(2, 3)  # (B, H, T, T)
        scaled_scores = scores / D**0.5
        future = torch.triu(torch.ones(T, T, dtype=torch.bool, device=x.device), diagonal=1)
        masked_scores = scaled_scores.masked_fill(future, float("-inf"))
        weights = torch.softmax(masked_scores, dim=-1)
        dropped_weights = self.dropout(weights)
        heads = dropped_weights @ repeated_values  # (B, H, T, D)
        context = heads.transpose(1, 2).reshape(B, T, H * D)
        output = self.out_proj(context)
        return output
