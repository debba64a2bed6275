import torch
from torch import nn


class SelfAttention_v2(nn.Module):
    """One attention head whose weights are linear layers.

    d_in, d_out: numbers a token before and after
    qkv_bias: whether the three layers have a bias
    """

    def __init__(self, d_in, d_out, qkv_bias=False):
        super().__init__()
        # Make self.W_query, self.W_key and self.W_value: nn.Linear from d_in to d_out.
        raise NotImplementedError

    def forward(self, x):
        """x: (T, d_in), one sequence of T tokens. Returns the context vectors, (T, d_out)."""
        raise NotImplementedError


def copy_weights(sa_v1, sa_v2):
    """Gives sa_v1 the weights of sa_v2, so that both give the same for the same x.

    sa_v1: a SelfAttention_v1 (from parts import SelfAttention_v1), with matrices of shape (d_in, d_out)
    sa_v2: a SelfAttention_v2 of the same sizes, without biases; it stays as it is
    """
    raise NotImplementedError
