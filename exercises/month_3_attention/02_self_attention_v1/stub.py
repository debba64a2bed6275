import torch
from torch import nn


class SelfAttention_v1(nn.Module):
    """One self-attention head: each token attends to all tokens of its sequence.

    d_in, d_out: size of a token's vector in the input and in the output
    """

    def __init__(self, d_in, d_out):
        super().__init__()
        # Create self.W_query, self.W_key and self.W_value: an nn.Parameter each, (d_in, d_out), random.
        raise NotImplementedError

    def forward(self, x):
        """x: (T, d_in), one sequence of T tokens. Returns the context vectors, (T, d_out)."""
        raise NotImplementedError
