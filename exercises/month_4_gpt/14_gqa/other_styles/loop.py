"""Computes one query head after the other."""

from math import sqrt

import torch
from torch import Tensor, nn


class GroupedQueryAttention(nn.Module):
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
        self.width, rest = divmod(d_out, num_heads)
        self.share, more = divmod(num_heads, num_kv_groups)
        if rest or more:
            raise RuntimeError("the numbers do not divide")
        self.W_query = nn.Linear(d_in, d_out, qkv_bias, dtype=dtype)
        self.W_key = nn.Linear(d_in, self.width * num_kv_groups, qkv_bias, dtype=dtype)
        self.W_value = nn.Linear(d_in, self.width * num_kv_groups, qkv_bias, dtype=dtype)
        self.out_proj = nn.Linear(d_out, d_out, False, dtype=dtype)
        self.drop = nn.Dropout(dropout)

    def forward(self, x: Tensor) -> Tensor:
        queries, keys, values = (
            layer(x).split(self.width, dim=-1) for layer in (self.W_query, self.W_key, self.W_value)
        )
        future = x.new_full((x.shape[1], x.shape[1]), float("-inf")).triu(1)
        heads = []
        for head, query in enumerate(queries):
            group = head // self.share
            weights = ((query @ keys[group].transpose(1, 2)) / sqrt(self.width) + future).softmax(dim=2)
            heads.append(self.drop(weights) @ values[group])
        return self.out_proj(torch.cat(heads, dim=2))
