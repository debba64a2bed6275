"""Computes the norm from the vector's length, rounds before the scale, and multiplies by both matrices at once."""

import torch
from torch import Tensor, nn
from torch.nn import functional as F


class RMSNorm(nn.Module):
    def __init__(self, emb_dim: int, eps: float = 1e-5) -> None:
        super().__init__()
        self.width, self.variance_epsilon = emb_dim, eps
        self.register_parameter("scale", nn.Parameter(torch.full((emb_dim,), 1.0)))

    def forward(self, hidden_states: Tensor) -> Tensor:
        x = hidden_states.double()
        variance = torch.einsum("...d,...d->...", x, x) / self.width
        return self.scale * (x / (variance[..., None] + self.variance_epsilon) ** 0.5).to(hidden_states.dtype)


class FeedForward(nn.Module):
    def __init__(self, cfg: dict) -> None:
        super().__init__()
        hidden = cfg["hidden_dim"]
        self.fc1, self.fc2 = (nn.Linear(cfg["emb_dim"], hidden, False).to(cfg["dtype"]) for _ in range(2))
        self.fc3 = nn.Linear(hidden, cfg["emb_dim"], bias=False, dtype=cfg["dtype"])

    def forward(self, x: Tensor) -> Tensor:
        z, up = F.linear(x, torch.cat([self.fc1.weight, self.fc2.weight])).chunk(2, dim=-1)
        return F.linear(z * torch.sigmoid(z) * up, self.fc3.weight)
