import torch
from torch import nn


class SelfAttention_v2(nn.Module):
    """One self-attention head with linear layers.

    d_in, d_out: size of a token's vector in the input and in the output
    qkv_bias: whether the three layers have a bias
    """

    def __init__(self, d_in, d_out, qkv_bias=False):
        super().__init__()
        # Create self.W_query, self.W_key and self.W_value: an nn.Linear from d_in to d_out each.
        raise NotImplementedError

    def forward(self, x):
        """x: (T, d_in), one sequence of T tokens. Returns the context vectors, (T, d_out)."""
        raise NotImplementedError


def copy_weights(sa_v1, sa_v2):
    """Copies the weights of sa_v2 into sa_v1, so that both modules compute the same output.

    sa_v1: a SelfAttention_v1 (from parts import SelfAttention_v1), with matrices of shape (d_in, d_out)
    sa_v2: a SelfAttention_v2 of the same size, without biases; it is not changed
    """
    raise NotImplementedError
