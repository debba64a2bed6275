"""A linear layer of 1,024 × 1,024 in 8 bits: quantizing it, and 30 tokens through it, one at a time."""

import torch
from torch import nn


def race(impl, seed: int):
    """The outputs of all tokens."""
    generator = torch.Generator().manual_seed(seed)
    linear = nn.Linear(1024, 1024, bias=False)
    with torch.no_grad():
        linear.weight.copy_(torch.randn(1024, 1024, generator=generator))
        layer = impl.QuantizedLinear(linear, 8).eval()
        tokens = torch.randn(30, 1, 1024, generator=generator)
        return torch.stack([layer(token) for token in tokens])
