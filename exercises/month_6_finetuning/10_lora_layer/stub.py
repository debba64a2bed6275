import torch
from torch import nn


class LoRALayer(nn.Module):
    """A trainable change of a frozen linear layer, as a product of two small matrices.

    in_dim, out_dim: input and output size of the linear layer
    rank: size of the dimension between the two matrices
    alpha: factor of the change
    """

    def __init__(self, in_dim, out_dim, rank, alpha):
        super().__init__()
        # Create self.A (in_dim, rank) and self.B (rank, out_dim), both nn.Parameter.
        raise NotImplementedError

    def forward(self, x):
        """x: (..., in_dim). Returns the change, (..., out_dim)."""
        raise NotImplementedError
