"""Slices each head out of the projections and creates the mask in every call."""

import torch
from torch import Tensor, nn


def one_head(q: Tensor, k: Tensor, v: Tensor, drop: nn.Module) -> Tensor:
    length, width = q.shape[-2:]
    allowed = q.new_ones(length, length).tril()
    scores = (q @ k.mT) * width**-0.5
    weights = scores.exp() * allowed
    return drop(weights / weights.sum(-1, keepdim=True)) @ v


class MultiHeadAttention(nn.Module):
    def __init__(self, d_in, d_out, context_length, dropout, num_heads, qkv_bias=False):
        super().__init__()
        assert num_heads * (d_out // num_heads) == d_out
        self.width = d_out // num_heads
        self.out_proj = nn.Linear(d_out, d_out)
        self.W_value = nn.Linear(d_in, d_out, qkv_bias)
        self.W_key = nn.Linear(d_in, d_out, qkv_bias)
        self.W_query = nn.Linear(d_in, d_out, qkv_bias)
        self.drop = nn.Dropout(dropout)

    def forward(self, x):
        parts = [layer(x).split(self.width, dim=-1) for layer in (self.W_query, self.W_key, self.W_value)]
        return self.out_proj(torch.cat([one_head(*qkv, self.drop) for qkv in zip(*parts, strict=True)], -1))
