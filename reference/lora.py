"""Low-rank adaptation, LoRA (Hu et al., 2021; book, appendix E).

The pretrained weight W (in_dim, out_dim) is frozen. Training learns a correction A B, the product of two small
matrices of shape (in_dim, rank) and (rank, out_dim).
"""

from __future__ import annotations

import torch
from torch import nn


class LoRALayer(nn.Module):
    """The correction alone: alpha · x A B. (…, in_dim) -> (…, out_dim). Book, section E.4.

    Hu et al. divide alpha by the rank; the printed book does not.
    """

    def __init__(self, in_dim: int, out_dim: int, rank: int, alpha: float) -> None:
        super().__init__()
        bound = in_dim**-0.5  # like the initialization of nn.Linear
        self.A = nn.Parameter(torch.empty(in_dim, rank).uniform_(-bound, bound))
        self.B = nn.Parameter(torch.zeros(rank, out_dim))  # the correction is 0 before training
        self.alpha = alpha

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        compressed = x @ self.A  # (…, rank)
        expanded = compressed @ self.B  # (…, out_dim)
        update = self.alpha * expanded
        return update


class LinearWithLoRA(nn.Module):
    """A linear layer plus its correction. (…, in_features) -> (…, out_features). Book, section E.4."""

    def __init__(self, linear: nn.Linear, rank: int, alpha: float) -> None:
        super().__init__()
        self.linear = linear  # the original layer, not a copy; the caller freezes it
        self.lora = LoRALayer(linear.in_features, linear.out_features, rank, alpha)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        base = self.linear(x)  # (…, out_features)
        update = self.lora(x)
        output = base + update
        return output


def replace_linear_with_lora(model: nn.Module, rank: int, alpha: float) -> None:
    """Replaces every nn.Linear in the model, at any depth, by a LinearWithLoRA. Book, section E.4."""
    for name, child in model.named_children():
        if isinstance(child, nn.Linear):
            setattr(model, name, LinearWithLoRA(child, rank, alpha))
        else:
            replace_linear_with_lora(child, rank, alpha)
