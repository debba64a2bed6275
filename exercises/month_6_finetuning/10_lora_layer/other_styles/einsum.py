from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn.init import xavier_uniform_


class LoRALayer(nn.Module):
    """Computes the product A B first and uses it as one weight."""

    A: nn.Parameter
    B: nn.Parameter

    def __init__(self, in_dim: int, out_dim: int, rank: int, alpha: float) -> None:
        super().__init__()
        self.A = nn.Parameter(xavier_uniform_(torch.empty(in_dim, rank)))
        self.B = nn.Parameter(torch.full((rank, out_dim), 0.0))
        self.register_buffer("scale", torch.tensor(float(alpha)), persistent=False)

    def forward(self, x: Tensor) -> Tensor:
        weight = torch.einsum("ir,ro->oi", self.A, self.B * self.scale)
        return nn.functional.linear(x, weight)
