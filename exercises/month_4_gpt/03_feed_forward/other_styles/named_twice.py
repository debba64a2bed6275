"""Registers each layer under a name of its own too, as GPT-2's original code calls them."""

from parts import GELU
from torch import nn


class FeedForward(nn.Module):
    def __init__(self, cfg):
        super().__init__()
        width = cfg["emb_dim"]
        self.fc = nn.Linear(width, 4 * width)
        self.act = GELU()
        self.proj = nn.Linear(4 * width, width)
        self.layers = nn.Sequential(self.fc, self.act, self.proj)

    def forward(self, x):
        return self.proj(self.act(self.fc(x)))
