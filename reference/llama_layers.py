"""The norm and the feed-forward network of Llama models (Touvron et al., 2023, arXiv 2302.13971).

Shapes: any leading dimensions, usually a batch of B sequences of T tokens, then the embedding dimension emb_dim.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import nn


class RMSNorm(nn.Module):
    """Divides each token's vector by its root mean square and multiplies it by a learned scale.

    (..., emb_dim) -> (..., emb_dim), in the dtype of the input. Zhang and Sennrich, 2019, arXiv 1910.07467.
    """

    def __init__(self, emb_dim: int, eps: float = 1e-5) -> None:
        super().__init__()
        self.eps = eps
        self.scale = nn.Parameter(torch.ones(emb_dim))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        precise_dtype = torch.promote_types(x.dtype, torch.float32)  # float64 stays float64
        precise_x = x.to(precise_dtype)  # in float16, the square of 300 overflows
        mean_square = precise_x.pow(2).mean(dim=-1, keepdim=True)  # (..., 1)
        normalized = precise_x / torch.sqrt(mean_square + self.eps)
        output = self.scale * normalized
        return output.to(x.dtype)


class FeedForward(nn.Module):
    """SwiGLU: one linear layer, passed through SiLU, scales the output of a second one, and a third one projects back.

    (..., emb_dim) -> (..., emb_dim), with hidden_dim numbers per token in between. Shazeer, 2020, arXiv 2002.05202.
    """

    def __init__(self, cfg: dict[str, Any]) -> None:
        super().__init__()
        self.fc1 = nn.Linear(cfg["emb_dim"], cfg["hidden_dim"], bias=False, dtype=cfg["dtype"])
        self.fc2 = nn.Linear(cfg["emb_dim"], cfg["hidden_dim"], bias=False, dtype=cfg["dtype"])
        self.fc3 = nn.Linear(cfg["hidden_dim"], cfg["emb_dim"], bias=False, dtype=cfg["dtype"])

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        gate = nn.functional.silu(self.fc1(x))  # (..., hidden_dim); silu(z) = z · sigmoid(z)
        hidden = gate * self.fc2(x)
        return self.fc3(hidden)
