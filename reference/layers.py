"""Layer norm, GELU and the feed-forward network of a transformer block (book, sections 4.2 and 4.3).

Shapes: (..., emb_dim) -> (..., emb_dim). Each token is processed separately.
"""

from __future__ import annotations

import math
from typing import Any

import torch
from torch import nn


class LayerNorm(nn.Module):
    """Normalizes each token's vector to mean 0 and variance 1, then applies a learned scale and shift.

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
        normalized = (x - mean) / torch.sqrt(variance + self.eps)  # eps prevents division by 0
        output = self.scale * normalized + self.shift
        return output


class GELU(nn.Module):
    """GELU with the tanh approximation of GPT-2. Book, section 4.3; Hendrycks and Gimpel, 2016."""

    def __init__(self) -> None:
        super().__init__()

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        inner = math.sqrt(2.0 / math.pi) * (x + 0.044715 * x**3)
        gate = 0.5 * (1.0 + torch.tanh(inner))  # between 0 and 1
        output = x * gate
        return output


class FeedForward(nn.Module):
    """Two linear layers with a GELU between them and a hidden dimension of 4 · emb_dim. Book, section 4.3."""

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
