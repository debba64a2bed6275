"""Scales by alpha / rank and draws A from a normal distribution."""

import math

import torch


class LoRALayer(torch.nn.Module):
    def __init__(self, in_dim, out_dim, rank, alpha, bias=False):
        super().__init__()
        std = 1 / math.sqrt(rank)
        self.register_parameter("A", torch.nn.Parameter(torch.randn(in_dim, rank) * std))
        self.register_parameter("B", torch.nn.Parameter(torch.zeros((rank, out_dim))))
        self.scaling = alpha / rank

    def forward(self, x):
        return (x @ self.A @ self.B) * self.scaling
