"""Calls the layers one by one and applies its own activation."""

import torch
from torch import nn


class Activation(nn.Module):
    def forward(self, x):
        return torch.nn.functional.gelu(x, approximate="tanh")


class FeedForward(nn.Module):
    def __init__(self, cfg):
        super().__init__()
        d = cfg["emb_dim"]
        hidden = d * 4
        self.layers = nn.ModuleList([nn.Linear(d, hidden), Activation(), nn.Linear(hidden, d)])

    def forward(self, x):
        for layer in self.layers:
            x = layer(x)
        return x
