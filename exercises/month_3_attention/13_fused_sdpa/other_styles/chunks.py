"""Splits qkv into three chunks, and each chunk into heads; an nn.Dropout holds the dropout rate."""

import torch.nn as nn
import torch.nn.functional as F


class PyTorchMultiHeadAttention(nn.Module):
    def __init__(self, d_in, d_out, num_heads, dropout=0.0, qkv_bias=False):
        super().__init__()
        assert d_out % num_heads == 0, "num_heads must divide d_out"
        self.h = num_heads
        self.proj = nn.Linear(d_out, d_out)
        self.qkv = nn.Linear(d_in, d_out * 3, bias=qkv_bias)
        self.drop = nn.Dropout(dropout)

    def forward(self, x):
        q, k, v = (part.unflatten(-1, (self.h, -1)).transpose(1, 2) for part in self.qkv(x).chunk(3, dim=-1))
        p = self.drop.p if self.drop.training else 0
        y = F.scaled_dot_product_attention(q, k, v, attn_mask=None, dropout_p=p, is_causal=True)
        return self.proj(y.transpose(1, 2).flatten(2))
