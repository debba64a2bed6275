"""The small layers of a transformer block: norm, bend and feed-forward (book, sections 4.2 and 4.3).

Shapes: (..., emb_dim) in and out; each token is worked on alone.
"""

from __future__ import annotations

import math
from typing import Any

import torch
from torch import nn


class LayerNorm(nn.Module):
    """Each token's numbers shifted and scaled to mean 0 and variance 1, then by what is learnt.

    Book, section 4.2; Ba et al., 2016.
    """

    def __init__(self, emb_dim: int) -> None:
        super().__init__()
        self.eps = 1e-5
        self.scale = nn.Parameter(torch.ones(emb_dim))
        self.shift = nn.Parameter(torch.zeros(emb_dim))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        mean = x.mean(dim=-1, keepdim=True)  # (..., 1)
        variance = x.var(dim=-1, keepdim=True, unbiased=False)  # divides by emb_dim, as GPT-2 does
        normalized = (x - mean) / torch.sqrt(variance + self.eps)  # eps: no division by 0
        output = self.scale * normalized + self.shift
        return output


class GELU(nn.Module):
    """A smooth bend: nearly x above 0, nearly 0 far below. GPT-2's tanh form. Hendrycks and Gimpel, 2016."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        inner = math.sqrt(2.0 / math.pi) * (x + 0.044715 * x**3)
        share = 0.5 * (1.0 + torch.tanh(inner))  # between 0 and 1: how much of x passes
        output = x * share
        return output


class FeedForward(nn.Module):
    """Two linear layers with a bend between, four times as wide inside. Book, section 4.3."""

    def __init__(self, cfg: dict[str, Any]) -> None:
        super().__init__()
        emb_dim = cfg["emb_dim"]
        self.layers = nn.Sequential(
            nn.Linear(emb_dim, 4 * emb_dim),
            GELU(),
            nn.Linear(4 * emb_dim, emb_dim),
        )

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.layers(x)
