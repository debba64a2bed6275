import torch
from torch import nn


class SelfAttention_v1(nn.Module):
    """One attention head: every token gathers what it needs from all tokens of its sequence.

    d_in, d_out: numbers a token before and after
    """

    def __init__(self, d_in, d_out):
        super().__init__()
        # Make self.W_query, self.W_key and self.W_value: nn.Parameter, each (d_in, d_out), random.
        raise NotImplementedError

    def forward(self, x):
        """x: (T, d_in), one sequence of T tokens. Returns the context vectors, (T, d_out)."""
        raise NotImplementedError
