"""Computes for each query only the W keys of its window, with unfold; the cache keeps W − 1 tokens."""

import torch
from torch import nn
from torch.nn import functional as F


class MultiHeadAttentionWithSWA(nn.Module):
    def __init__(self, d_in, d_out, dropout, num_heads, qkv_bias=False, sliding_window_size=None):
        super().__init__()
        if d_out % num_heads:
            raise ValueError("num_heads must divide d_out")
        self.heads, self.window = num_heads, sliding_window_size
        for name in ("W_query", "W_key", "W_value"):
            self.add_module(name, nn.Linear(d_in, d_out, bias=qkv_bias))
        self.out_proj = nn.Linear(d_out, d_out)
        self.dropout = nn.Dropout(dropout)
        self.past = None

    def reset_cache(self):
        self.past = None

    def forward(self, x, use_cache=False):
        B, T, _ = x.shape
        both = torch.stack((self.W_key(x), self.W_value(x))).view(2, B, T, self.heads, -1)
        if use_cache and self.past is not None:
            both = torch.cat((self.past, both), dim=2)
        window = self.window or both.shape[2]
        if use_cache:
            start = both.shape[2] - (window - 1) if self.window else 0
            self.past = both[:, :, max(0, start) :]
        padded = F.pad(both, (0, 0, 0, 0, window - 1, 0))
        keys, values = padded.unfold(2, window, 1)[:, :, -T:]  # (B, T, heads, width, window)
        exists = F.pad(torch.ones(both.shape[2], dtype=torch.bool, device=x.device), (window - 1, 0))
        exists = exists.unfold(0, window, 1)[-T:]
        queries = self.W_query(x).view(B, T, self.heads, -1)
        scores = torch.einsum("bthd,bthdw->bthw", queries, keys) / queries.shape[-1] ** 0.5
        weights = scores.masked_fill(~exists[:, None], -torch.inf).softmax(dim=-1)
        heads = torch.einsum("bthw,bthdw->bthd", self.dropout(weights), values)
        return self.out_proj(heads.reshape(B, T, -1))
