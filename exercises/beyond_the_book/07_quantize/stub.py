import torch
import torch.nn.functional as F
from torch import nn


def quantize(weight, bits=8):
    """Returns the codes of a weight matrix and the scale of each row.

    weight: (out, in)
    bits: 8 or 4
    Returns codes (out, in) in int8, and scale (out, 1) in the dtype of the weight.
    """
    raise NotImplementedError


def dequantize(codes, scale):
    """Returns the weights that the codes stand for, (out, in), in the dtype of the scale."""
    raise NotImplementedError


class QuantizedLinear(nn.Module):
    """A linear layer that holds codes and scales in place of its weight.

    linear: a trained nn.Linear, with or without a bias; it stays as it is
    """

    def __init__(self, linear, bits):
        super().__init__()
        raise NotImplementedError

    def forward(self, x):
        """x: (..., in). Returns (..., out)."""
        raise NotImplementedError
