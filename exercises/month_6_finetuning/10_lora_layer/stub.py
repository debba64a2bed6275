import torch
from torch import nn


class LoRALayer(nn.Module):
    """The trainable change beside a frozen linear layer: two thin matrices.

    in_dim, out_dim: numbers in and out, as of the layer beside it
    rank: the width between the two matrices
    alpha: how strongly the change counts
    """

    def __init__(self, in_dim, out_dim, rank, alpha):
        super().__init__()
        # Make self.A (in_dim, rank) and self.B (rank, out_dim), both nn.Parameter.
        raise NotImplementedError

    def forward(self, x):
        """x: (..., in_dim). Returns the change, (..., out_dim)."""
        raise NotImplementedError
