"""Folds the heads into the batch dimension and keeps the mask out of the state dict."""

import torch
import torch.nn as nn


class MultiHeadAttention(nn.Module):
    def __init__(self, d_in, d_out, context_length, dropout, num_heads, qkv_bias=False):
        super().__init__()
        if d_out % num_heads:
            raise AssertionError("num_heads must divide d_out")
        self.d_out, self.num_heads = d_out, num_heads
        self.W_query = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.W_key = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.W_value = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.out_proj = nn.Linear(d_out, d_out)
        self.dropout = nn.Dropout(dropout)
        hidden = torch.ones(context_length, context_length).triu(1)
        self.register_buffer("hidden", hidden, persistent=False)

    def split(self, projected):
        batch, length, _ = projected.shape
        heads = projected.view(batch, length, self.num_heads, -1).permute(0, 2, 1, 3)
        return heads.reshape(batch * self.num_heads, length, -1)

    def forward(self, x):
        batch, length, _ = x.shape
        q, k, v = self.split(self.W_query(x)), self.split(self.W_key(x)), self.split(self.W_value(x))
        scores = torch.bmm(q, k.transpose(1, 2)).div(k.size(-1) ** 0.5)
        scores.masked_fill_(self.hidden[:length, :length] == 1, -torch.inf)
        context = torch.bmm(self.dropout(scores.softmax(dim=-1)), v)
        context = context.view(batch, self.num_heads, length, -1).transpose(1, 2).contiguous()
        return self.out_proj(context.view(batch, length, self.d_out))
