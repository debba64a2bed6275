"""Self-attention, from a single head to causal multi-head attention (book, chapter 3; Vaswani et al., 2017).

Shapes: batch size B, sequence length T, input and output dimensions d_in and d_out, H heads of dimension D = d_out / H.
"""

from __future__ import annotations

import torch
from torch import nn


class SelfAttention_v1(nn.Module):
    """Single-head self-attention with weight matrices as parameters. (T, d_in) -> (T, d_out). Book, section 3.4.1."""

    def __init__(self, d_in: int, d_out: int) -> None:
        super().__init__()
        self.W_query = nn.Parameter(torch.rand(d_in, d_out))
        self.W_key = nn.Parameter(torch.rand(d_in, d_out))
        self.W_value = nn.Parameter(torch.rand(d_in, d_out))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        queries = x @ self.W_query  # (T, d_out)
        keys = x @ self.W_key
        values = x @ self.W_value
        scores = queries @ keys.transpose(-2, -1)  # (T, T): row t holds the scores of query t for all keys
        scaled_scores = scores / keys.shape[-1] ** 0.5  # keeps softmax out of the range where its gradients vanish
        weights = torch.softmax(scaled_scores, dim=-1)
        context = weights @ values
        return context


class CausalAttention(nn.Module):
    """Single-head attention in which each token attends only to itself and earlier tokens.

    (B, T, d_in) -> (B, T, d_out), T ≤ context_length. Book, section 3.5.
    """

    mask: torch.Tensor

    def __init__(self, d_in: int, d_out: int, context_length: int, dropout: float, qkv_bias: bool = False) -> None:
        super().__init__()
        self.W_query = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.W_key = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.W_value = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.dropout = nn.Dropout(dropout)
        future = torch.triu(torch.ones(context_length, context_length), diagonal=1).bool()
        self.register_buffer("mask", future)  # moves to other devices with the module, but is not trained

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        T = x.shape[1]
        queries = self.W_query(x)  # (B, T, d_out)
        keys = self.W_key(x)
        values = self.W_value(x)
        scores = queries @ keys.transpose(1, 2)  # (B, T, T)
        scaled_scores = scores / keys.shape[-1] ** 0.5
        masked_scores = scaled_scores.masked_fill(self.mask[:T, :T], float("-inf"))
        weights = torch.softmax(masked_scores, dim=-1)  # a score of -inf becomes a weight of 0
        dropped_weights = self.dropout(weights)
        context = dropped_weights @ values
        return context


class MultiHeadAttention(nn.Module):
    """Causal multi-head attention, with all heads computed in parallel. (B, T, d_in) -> (B, T, d_out).

    Raises ValueError if d_out is not a multiple of num_heads. Book, section 3.6.2; Vaswani et al., section 3.2.2.
    """

    mask: torch.Tensor

    def __init__(
        self,
        d_in: int,
        d_out: int,
        context_length: int,
        dropout: float,
        num_heads: int,
        qkv_bias: bool = False,
    ) -> None:
        super().__init__()
        if d_out % num_heads != 0:
            raise ValueError(f"d_out ({d_out}) is not a multiple of num_heads ({num_heads})")
        self.num_heads = num_heads
        self.head_dim = d_out // num_heads
        self.W_query = nn.Linear(d_in, d_out, bias=qkv_bias)  # rows h*D to (h+1)*D belong to head h
        self.W_key = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.W_value = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.out_proj = nn.Linear(d_out, d_out)  # combines the outputs of the heads
        self.dropout = nn.Dropout(dropout)
        future = torch.triu(torch.ones(context_length, context_length), diagonal=1).bool()
        self.register_buffer("mask", future)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        B, T, _ = x.shape
        H, D = self.num_heads, self.head_dim
        queries = self.W_query(x).view(B, T, H, D).transpose(1, 2)  # (B, H, T, D)
        keys = self.W_key(x).view(B, T, H, D).transpose(1, 2)
        values = self.W_value(x).view(B, T, H, D).transpose(1, 2)
        scores = queries @ keys.transpose(2, 3)  # (B, H, T, T)
        scaled_scores = scores / D**0.5
        masked_scores = scaled_scores.masked_fill(self.mask[:T, :T], float("-inf"))
        weights = torch.softmax(masked_scores, dim=-1)
        dropped_weights = self.dropout(weights)
        heads = dropped_weights @ values  # (B, H, T, D)
        context = heads.transpose(1, 2).reshape(B, T, H * D)  # concatenates the heads of each token
        output = self.out_proj(context)
        return output
