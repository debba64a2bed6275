"""Splits the queries by group, so that nothing is repeated; the cache of the book's code is there but off."""

import torch
from torch import nn


class GroupedQueryAttention(nn.Module):
    def __init__(self, d_in, d_out, dropout, num_heads, num_kv_groups, dtype=None, qkv_bias=False):
        super().__init__()
        if d_out % num_heads or num_heads % num_kv_groups:
            raise ValueError("sizes do not divide")
        self.groups, self.head_dim = num_kv_groups, d_out // num_heads
        options = {"bias": qkv_bias, "dtype": dtype}
        self.W_query = nn.Linear(d_in, d_out, **options)
        self.W_key, self.W_value = (nn.Linear(d_in, num_kv_groups * self.head_dim, **options) for _ in range(2))
        self.out_proj = nn.Linear(d_out, d_out, bias=False, dtype=dtype)
        self.dropout = nn.Dropout(dropout)
        self.register_buffer("cache_k", None, persistent=False)
        self.register_buffer("cache_v", None, persistent=False)

    def forward(self, x, use_cache=False):
        B, T, _ = x.shape
        q = self.W_query(x).view(B, T, self.groups, -1, self.head_dim)
        k = self.W_key(x).view(B, T, self.groups, self.head_dim)
        v = self.W_value(x).view(B, T, self.groups, self.head_dim)
        if use_cache:
            self.cache_k = k if self.cache_k is None else torch.cat([self.cache_k, k], dim=1)
            self.cache_v = v if self.cache_v is None else torch.cat([self.cache_v, v], dim=1)
            k, v = self.cache_k, self.cache_v
        scores = torch.einsum("btgrd,bsgd->bgrts", q, k) / self.head_dim**0.5
        visible = torch.ones(T, k.shape[1], dtype=torch.bool, device=x.device).tril(k.shape[1] - T)
        weights = self.dropout(torch.where(visible, scores, -torch.inf).softmax(dim=-1))
        return self.out_proj(torch.einsum("bgrts,bsgd->btgrd", weights, v).reshape(B, T, -1))
