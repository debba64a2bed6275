"""Splits with a helper, and counts the positions in the module."""

import torch
import torch.nn as nn


def heads_first(x, num_heads):
    return torch.stack(x.chunk(num_heads, dim=-1), dim=1)


class MultiHeadLatentAttention(nn.Module):
    def __init__(self, d_in, d_out, dropout, num_heads, qkv_bias=False, latent_dim=None):
        super().__init__()
        assert d_out % num_heads == 0
        self.num_heads = num_heads
        if latent_dim is None:
            latent_dim = max(16, d_out // 8)
        self.W_query = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.W_DKV = nn.Linear(d_in, latent_dim, bias=qkv_bias)
        self.W_UK = nn.Linear(latent_dim, d_out, bias=qkv_bias)
        self.W_UV = nn.Linear(latent_dim, d_out, bias=qkv_bias)
        self.out_proj = nn.Linear(d_out, d_out)
        self.dropout = nn.Dropout(dropout)
        self.reset_cache()

    def reset_cache(self):
        self.chunks, self.position = [], 0

    def forward(self, x, use_cache=False):
        new = self.W_DKV(x)
        start = 0
        if use_cache:
            start = self.position
            self.chunks.append(new)
            self.position += x.size(1)
            new = torch.cat(self.chunks, dim=1)
        q = heads_first(self.W_query(x), self.num_heads)
        k, v = (heads_first(up(new), self.num_heads) for up in (self.W_UK, self.W_UV))
        q_positions = torch.arange(start, start + x.size(1), device=x.device)
        k_positions = torch.arange(new.size(1), device=x.device)
        scores = (q @ k.mT) * q.size(-1) ** -0.5
        scores = scores.masked_fill(k_positions > q_positions[:, None], float("-inf"))
        context = self.dropout(scores.softmax(dim=-1)) @ v
        return self.out_proj(torch.cat(context.unbind(1), dim=-1))
