"""Low-rank adaptation: fine-tuning with a small part of the weights (Hu et al., 2021; book, appendix E).

A trained layer W (in_dim, out_dim) stays as it is. Beside it a product A B of two thin matrices, (in_dim, rank)
and (rank, out_dim), learns the change.
"""

from __future__ import annotations

import torch
from torch import nn


class LoRALayer(nn.Module):
    """The change alone: alpha · x A B. (…, in_dim) -> (…, out_dim). Book, section E.4.

    Newer code divides alpha by the rank; the printed book does not.
    """

    def __init__(self, in_dim: int, out_dim: int, rank: int, alpha: float) -> None:
        super().__init__()
        bound = in_dim**-0.5  # as nn.Linear starts
        self.A = nn.Parameter(torch.empty(in_dim, rank).uniform_(-bound, bound))
        self.B = nn.Parameter(torch.zeros(rank, out_dim))  # so that nothing changes before training
        self.alpha = alpha

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        compressed = x @ self.A  # (…, rank)
        expanded = compressed @ self.B  # (…, out_dim)
        update = self.alpha * expanded
        return update


class LinearWithLoRA(nn.Module):
    """A linear layer and the change beside it. (…, in_features) -> (…, out_features). Book, section E.4."""

    def __init__(self, linear: nn.Linear, rank: int, alpha: float) -> None:
        super().__init__()
        self.linear = linear  # the layer itself, not a copy: trained, and frozen by whoever fine-tunes
        self.lora = LoRALayer(linear.in_features, linear.out_features, rank, alpha)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        base = self.linear(x)  # (…, out_features)
        update = self.lora(x)
        output = base + update
        return output


def replace_linear_with_lora(model: nn.Module, rank: int, alpha: float) -> None:
    """Puts a LinearWithLoRA in the place of each nn.Linear of the model, at any depth. Book, section E.4."""
    for name, child in model.named_children():
        if isinstance(child, nn.Linear):
            setattr(model, name, LinearWithLoRA(child, rank, alpha))
        else:
            replace_linear_with_lora(child, rank, alpha)
