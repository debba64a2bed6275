"""Self-attention with linear layers instead of plain weight matrices (book, section 3.4.2).

Shapes: sequence length T, input and output dimensions d_in and d_out.
"""

from __future__ import annotations

import torch
from torch import nn

from reference.attention import SelfAttention_v1


class SelfAttention_v2(nn.Module):
    """Single-head self-attention with linear layers. (T, d_in) -> (T, d_out). Book, section 3.4.2."""

    def __init__(self, d_in: int, d_out: int, qkv_bias: bool = False) -> None:
        super().__init__()
        self.W_query = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.W_key = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.W_value = nn.Linear(d_in, d_out, bias=qkv_bias)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        queries = self.W_query(x)  # (T, d_out)
        keys = self.W_key(x)
        values = self.W_value(x)
        scores = queries @ keys.transpose(-2, -1)  # (T, T)
        scaled_scores = scores / keys.shape[-1] ** 0.5
        weights = torch.softmax(scaled_scores, dim=-1)
        context = weights @ values
        return context


def copy_weights(sa_v1: SelfAttention_v1, sa_v2: SelfAttention_v2) -> None:
    """Copies the weights of sa_v2, which has no biases, to sa_v1. Both then compute the same. Book, exercise 3.1."""
    with torch.no_grad():
        sa_v1.W_query.copy_(sa_v2.W_query.weight.T)  # nn.Linear stores its weight as (d_out, d_in)
        sa_v1.W_key.copy_(sa_v2.W_key.weight.T)
        sa_v1.W_value.copy_(sa_v2.W_value.weight.T)
