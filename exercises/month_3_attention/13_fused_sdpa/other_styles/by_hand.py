"""Computes the attention with einsum, without the fused function."""

import torch
from torch import nn


class PyTorchMultiHeadAttention(nn.Module):
    def __init__(self, d_in: int, d_out: int, num_heads: int, dropout: float = 0.0, qkv_bias: bool = False):
        super().__init__()
        if d_out % num_heads:
            raise ValueError("num_heads must divide d_out")
        self.shape = (3, num_heads, d_out // num_heads)
        self.qkv = nn.Linear(d_in, 3 * d_out, bias=qkv_bias)
        self.proj = nn.Linear(d_out, d_out)
        self.rate = dropout

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        b, t, _ = x.shape
        q, k, v = self.qkv(x).reshape(b, t, *self.shape).unbind(2)
        s = torch.einsum("bthd,bshd->bhts", q, k) * self.shape[-1] ** -0.5
        s = s.masked_fill(torch.ones(t, t, device=x.device).triu(1) > 0, -torch.inf)
        a = nn.functional.dropout(torch.softmax(s, -1), self.rate, self.training)
        return self.proj(torch.einsum("bhts,bshd->bthd", a, v).reshape(b, t, -1))
