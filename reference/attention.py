"""Attention, from one head without a mask to many heads with one (book, chapter 3; Vaswani et al., 2017).

Shapes: B sequences of T tokens; d_in and d_out numbers a token; H heads of D = d_out / H.
"""

from __future__ import annotations

import torch
from torch import nn


class SelfAttention_v1(nn.Module):
    """One head, its weights as bare matrices. (T, d_in) -> (T, d_out). Book, section 3.4.1."""

    def __init__(self, d_in: int, d_out: int) -> None:
        super().__init__()
        self.W_query = nn.Parameter(torch.rand(d_in, d_out))
        self.W_key = nn.Parameter(torch.rand(d_in, d_out))
        self.W_value = nn.Parameter(torch.rand(d_in, d_out))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        queries = x @ self.W_query  # (T, d_out)
        keys = x @ self.W_key
        values = x @ self.W_value
        scores = queries @ keys.transpose(-2, -1)  # (T, T): row t holds how well token t matches each other
        scaled_scores = scores / keys.shape[-1] ** 0.5  # keeps softmax out of its flat ends
        weights = torch.softmax(scaled_scores, dim=-1)
        context = weights @ values
        return context


class CausalAttention(nn.Module):
    """One head in which a token sees only itself and what came before. (B, T, d_in) -> (B, T, d_out).

    T may be anything up to context_length. Book, section 3.5.
    """

    mask: torch.Tensor

    def __init__(
        self, d_in: int, d_out: int, context_length: int, dropout: float, qkv_bias: bool = False
    ) -> None:
        super().__init__()
        self.W_query = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.W_key = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.W_value = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.dropout = nn.Dropout(dropout)
        # a buffer moves with the module to another device but is no weight
        self.register_buffer("mask", torch.triu(torch.ones(context_length, context_length), diagonal=1).bool())

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        T = x.shape[1]
        queries = self.W_query(x)  # (B, T, d_out)
        keys = self.W_key(x)
        values = self.W_value(x)
        scores = queries @ keys.transpose(1, 2)  # (B, T, T)
        scaled_scores = scores / keys.shape[-1] ** 0.5
        masked_scores = scaled_scores.masked_fill(self.mask[:T, :T], float("-inf"))
        weights = torch.softmax(masked_scores, dim=-1)  # -inf becomes weight 0: the future is not seen
        dropped_weights = self.dropout(weights)
        context = dropped_weights @ values
        return context
