"""Keeps a list of single tokens that is cut in place, and masks with tril and triu."""

import torch
import torch.nn as nn


class MultiHeadAttentionWithSWA(nn.Module):
    def __init__(self, d_in, d_out, dropout, num_heads, qkv_bias=False, sliding_window_size=None):
        super().__init__()
        assert d_out % num_heads == 0, "d_out must be divisible by num_heads"
        self.H, self.W = num_heads, sliding_window_size
        self.W_query = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.W_key = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.W_value = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.out_proj = nn.Linear(d_out, d_out, bias=False)
        self.dropout = dropout
        self.recent = []

    def reset_cache(self):
        self.recent.clear()

    def forward(self, x, use_cache=False):
        pairs = list(zip(self.W_key(x).unbind(1), self.W_value(x).unbind(1), strict=True))
        if use_cache:
            pairs = self.recent + pairs
            self.recent = pairs[-self.W :] if self.W else pairs
        k = torch.stack([key for key, _ in pairs], dim=1).unflatten(-1, (self.H, -1))
        v = torch.stack([value for _, value in pairs], dim=1).unflatten(-1, (self.H, -1))
        q = self.W_query(x).unflatten(-1, (self.H, -1))
        scores = torch.einsum("bthd,bshd->bhts", q, k) * q.shape[-1] ** -0.5
        old = k.shape[1] - q.shape[1]
        visible = torch.ones(q.shape[1], k.shape[1], dtype=torch.bool, device=x.device).tril(old)
        if self.W:
            visible = visible.triu(old - self.W + 1)
        weights = torch.where(visible, scores, -torch.inf).softmax(-1)
        weights = nn.functional.dropout(weights, self.dropout, self.training)
        return self.out_proj(torch.einsum("bhts,bshd->bthd", weights, v).flatten(2))
