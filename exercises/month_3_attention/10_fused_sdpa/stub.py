import torch
from torch import nn


class PyTorchMultiHeadAttention(nn.Module):
    """Causal multi-head attention by PyTorch's fused call.

    d_in, d_out: numbers a token before and after; d_out is shared out among the heads
    num_heads: how many heads; it must divide d_out
    dropout: the share of attention weights dropped while training
    qkv_bias: whether qkv has a bias
    """

    def __init__(self, d_in, d_out, num_heads, dropout=0.0, qkv_bias=False):
        super().__init__()
        # Refuse a num_heads that does not divide d_out. Then make self.qkv (nn.Linear from d_in to 3 * d_out: all
        # queries, then all keys, then all values) and self.proj (nn.Linear from d_out to d_out, with a bias).
        raise NotImplementedError

    def forward(self, x):
        """x: (B, T, d_in), of any length T. Returns (B, T, d_out)."""
        # nn.functional.scaled_dot_product_attention(queries, keys, values, ...) takes tensors (B, H, T, D).
        raise NotImplementedError
