"""Linear layers whose weights are whole numbers of 8 or 4 bits, with a scale for each row.

Jacob et al., 2018, arXiv 1712.05877 (symmetric, per channel); Dettmers et al., 2022, arXiv 2208.07339.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn


def quantize(weight: Tensor, bits: int = 8) -> tuple[Tensor, Tensor]:
    """Returns the codes of a weight matrix, and the scale of each of its rows. (out, in) -> (out, in), (out, 1).

    The codes are int8, from -(2^(bits-1) - 1) to 2^(bits-1) - 1; the scale has the dtype of the weight, and a row of
    zeros has the scale 1.
    """
    largest_code = 2 ** (bits - 1) - 1  # 127 or 7
    largest = weight.abs().amax(dim=1, keepdim=True)  # (out, 1)
    row_scale = largest / largest_code
    scale = torch.where(largest > 0, row_scale, torch.ones_like(row_scale))
    levels = weight / scale  # from -largest_code to largest_code
    rounded = torch.round(levels).clamp(-largest_code, largest_code)
    codes = rounded.to(torch.int8)
    return codes, scale


def dequantize(codes: Tensor, scale: Tensor) -> Tensor:
    """Returns the weights that the codes stand for, in the dtype of the scale. (out, in), (out, 1) -> (out, in)."""
    weight = codes.to(scale.dtype) * scale
    return weight


class QuantizedLinear(nn.Module):
    """A linear layer that holds codes and scales in place of its weight. (…, in) -> (…, out)."""

    codes: Tensor
    scale: Tensor

    def __init__(self, linear: nn.Linear, bits: int = 8) -> None:
        super().__init__()
        codes, scale = quantize(linear.weight.detach(), bits)
        self.register_buffer("codes", codes)  # (out, in), int8
        self.register_buffer("scale", scale)  # (out, 1)
        self.bias = linear.bias  # stays in full precision; None if there is none

    def forward(self, x: Tensor) -> Tensor:
        weight = dequantize(self.codes, self.scale)
        output = F.linear(x, weight, self.bias)
        return output
