import torch
from torch import nn


class PyTorchMultiHeadAttention(nn.Module):
    """Causal multi-head attention with PyTorch's fused function.

    d_in, d_out: size of a token's vector in the input and in the output; the heads split d_out
    num_heads: number of heads; it must divide d_out
    dropout: probability of dropping an attention weight during training
    qkv_bias: whether qkv has a bias
    """

    def __init__(self, d_in, d_out, num_heads, dropout=0.0, qkv_bias=False):
        super().__init__()
        # Raise an error if num_heads does not divide d_out. Create self.qkv (nn.Linear from d_in to 3 * d_out: all
        # queries, then all keys, then all values) and self.proj (nn.Linear from d_out to d_out, with a bias).
        raise NotImplementedError

    def forward(self, x):
        """x: (B, T, d_in), of any length T. Returns (B, T, d_out)."""
        # nn.functional.scaled_dot_product_attention(queries, keys, values, ...) takes tensors (B, H, T, D).
        raise NotImplementedError
