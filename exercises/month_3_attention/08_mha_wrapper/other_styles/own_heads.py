"""Defines its own head and stacks the outputs before flattening them."""

import torch
from torch import nn


class Head(nn.Module):
    def __init__(self, d_in: int, d_out: int, dropout: float, bias: bool):
        super().__init__()
        self.W_query = nn.Linear(d_in, d_out, bias=bias)
        self.W_key = nn.Linear(d_in, d_out, bias=bias)
        self.W_value = nn.Linear(d_in, d_out, bias=bias)
        self.drop = nn.Dropout(dropout)

    def forward(self, x):
        q, k, v = self.W_query(x), self.W_key(x), self.W_value(x)
        s = torch.einsum("btd,bsd->bts", q, k) / q.shape[-1] ** 0.5
        visible = torch.ones_like(s, dtype=torch.bool).tril()
        return self.drop(s.where(visible, -torch.inf).softmax(-1)) @ v


class MultiHeadAttentionWrapper(nn.Module):
    def __init__(self, d_in, d_out, context_length, dropout, num_heads, qkv_bias=False):
        super().__init__()
        self.heads = nn.ModuleList()
        for _ in range(num_heads):
            self.heads.append(Head(d_in, d_out, dropout, qkv_bias))

    def forward(self, x):
        result = torch.stack([h(x) for h in self.heads], dim=2)
        return result.flatten(2)
