"""Applies the softmax first, zeroes later tokens, and divides each row by its sum."""

import torch
import torch.nn as nn


class CausalAttention(nn.Module):
    def __init__(self, d_in, d_out, context_length, dropout, qkv_bias=False):
        super().__init__()
        self.W_value = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.W_query = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.W_key = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.dropout = nn.Dropout(dropout)
        self.register_buffer("visible", torch.tril(torch.ones(context_length, context_length)))

    def forward(self, x):
        _, num_tokens, _ = x.shape
        keys, queries, values = self.W_key(x), self.W_query(x), self.W_value(x)
        all_weights = torch.softmax(queries @ keys.mT / keys.shape[-1] ** 0.5, dim=-1)
        weights = all_weights * self.visible[:num_tokens, :num_tokens]
        return self.dropout(weights / weights.sum(dim=-1, keepdim=True)) @ values
