"""Repeats groups by expand and reshape, and has a bias in out_proj."""

import torch
import torch.nn as nn


def repeat_kv(x, n_rep):
    batch, groups, length, width = x.shape
    return x[:, :, None].expand(batch, groups, n_rep, length, width).reshape(batch, groups * n_rep, length, width)


class GroupedQueryAttention(nn.Module):
    def __init__(self, d_in, d_out, dropout, num_heads, num_kv_groups, dtype=None, qkv_bias=False):
        super().__init__()
        assert d_out % num_heads == 0, "d_out must be divisible by num_heads"
        assert num_heads % num_kv_groups == 0, "num_heads must be divisible by num_kv_groups"
        self.head_dim, self.n_rep = d_out // num_heads, num_heads // num_kv_groups
        self.W_key = nn.Linear(d_in, num_kv_groups * self.head_dim, bias=qkv_bias, dtype=dtype)
        self.W_value = nn.Linear(d_in, num_kv_groups * self.head_dim, bias=qkv_bias, dtype=dtype)
        self.W_query = nn.Linear(d_in, d_out, bias=qkv_bias, dtype=dtype)
        self.out_proj = nn.Linear(d_out, d_out, dtype=dtype)
        self.dropout = dropout

    def forward(self, x):
        length = x.size(1)
        q, k, v = (layer(x).unflatten(-1, (-1, self.head_dim)).transpose(1, 2)
                   for layer in (self.W_query, self.W_key, self.W_value))  # fmt: skip
        k, v = repeat_kv(k, self.n_rep), repeat_kv(v, self.n_rep)
        positions = torch.arange(length, device=x.device)
        hidden = positions[:, None] < positions
        scores = (q * self.head_dim**-0.5) @ k.mT + torch.zeros_like(hidden, dtype=x.dtype).masked_fill(hidden, -1e9)
        weights = nn.functional.dropout(scores.softmax(-1), self.dropout, self.training)
        return self.out_proj((weights @ v).transpose(1, 2).flatten(2))
