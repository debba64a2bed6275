"""Alternative implementations of multi-head attention: a list of single heads, and PyTorch's fused attention.

Shapes: batch size B, sequence length T, input and output dimensions d_in and d_out, H heads of dimension D.
Book, section 3.6.1, and the companion repository's bonus material on efficient attention; Dao et al., 2022.
"""

from __future__ import annotations

import torch
from torch import nn

from reference.attention import CausalAttention


class MultiHeadAttentionWrapper(nn.Module):
    """H causal heads, computed one after the other. (B, T, d_in) -> (B, T, H * d_out). Book, section 3.6.1."""

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
        self.heads = nn.ModuleList(
            CausalAttention(d_in, d_out, context_length, dropout, qkv_bias) for _ in range(num_heads)
        )

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        contexts = [head(x) for head in self.heads]  # each (B, T, d_out)
        output = torch.cat(contexts, dim=-1)
        return output


class PyTorchMultiHeadAttention(nn.Module):
    """Causal multi-head attention based on PyTorch's fused attention. (B, T, d_in) -> (B, T, d_out).

    Raises ValueError if d_out is not a multiple of num_heads.
    """

    def __init__(self, d_in: int, d_out: int, num_heads: int, dropout: float = 0.0, qkv_bias: bool = False) -> None:
        super().__init__()
        if d_out % num_heads != 0:
            raise ValueError(f"d_out ({d_out}) is not a multiple of num_heads ({num_heads})")
        self.num_heads = num_heads
        self.head_dim = d_out // num_heads
        self.qkv = nn.Linear(d_in, 3 * d_out, bias=qkv_bias)  # rows: W_query, W_key, W_value
        self.proj = nn.Linear(d_out, d_out)
        self.dropout = dropout

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        B, T, _ = x.shape
        H, D = self.num_heads, self.head_dim
        projected = self.qkv(x).view(B, T, 3, H, D)
        queries, keys, values = projected.permute(2, 0, 3, 1, 4)  # each (B, H, T, D)
        drop_rate = self.dropout if self.training else 0.0  # the function does not know the module's mode
        heads = nn.functional.scaled_dot_product_attention(queries, keys, values, dropout_p=drop_rate, is_causal=True)
        context = heads.transpose(1, 2).reshape(B, T, H * D)
        output = self.proj(context)
        return output
