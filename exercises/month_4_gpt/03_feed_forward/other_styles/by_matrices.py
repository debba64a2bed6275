"""Multiplies by the weights without calling the layers; its `layers` is filled by append."""

import torch
import torch.nn as nn
from parts import GELU


class FeedForward(nn.Module):
    def __init__(self, cfg: dict) -> None:
        super().__init__()
        self.layers = nn.Sequential()
        self.layers.append(nn.Linear(in_features=cfg["emb_dim"], out_features=cfg["emb_dim"] << 2))
        self.layers.append(GELU())
        self.layers.append(nn.Linear(in_features=cfg["emb_dim"] << 2, out_features=cfg["emb_dim"]))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        expand, activation, contract = self.layers
        hidden = torch.einsum("...i,oi->...o", x, expand.weight) + expand.bias
        return activation(hidden) @ contract.weight.T + contract.bias
