"""Self-attention with linear layers for the bare matrices (book, section 3.4.2).

Shapes: T tokens; d_in and d_out numbers a token.
"""

from __future__ import annotations

import torch
from torch import nn

from reference.attention import SelfAttention_v1


class SelfAttention_v2(nn.Module):
    """One head, its weights as linear layers. (T, d_in) -> (T, d_out). Book, section 3.4.2."""

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
    """Gives v1 the weights of a v2 without biases, so that both give the same. Book, exercise 3.1."""
    with torch.no_grad():
        sa_v1.W_query.copy_(sa_v2.W_query.weight.T)  # a linear layer keeps its matrix as (d_out, d_in)
        sa_v1.W_key.copy_(sa_v2.W_key.weight.T)
        sa_v1.W_value.copy_(sa_v2.W_value.weight.T)
