import torch
from torch import nn


class CausalAttention(nn.Module):
    """One causal attention head: a token attends only to itself and to earlier tokens.

    d_in, d_out: size of a token's vector in the input and in the output
    context_length: maximum length of a sequence
    dropout: probability of dropping an attention weight during training
    qkv_bias: whether the three linear layers have a bias
    """

    def __init__(self, d_in, d_out, context_length, dropout, qkv_bias=False):
        super().__init__()
        # Create self.W_query, self.W_key and self.W_value (nn.Linear), self.dropout, and the mask.
        raise NotImplementedError

    def forward(self, x):
        """x: (B, T, d_in), T at most context_length. Returns the context vectors, (B, T, d_out)."""
        raise NotImplementedError
