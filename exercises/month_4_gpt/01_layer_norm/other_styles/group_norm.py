"""Takes each token as an example with one group of channels."""

import torch
import torch.nn.functional as F
from torch import nn


class LayerNorm(nn.Module):
    def __init__(self, emb_dim):
        super().__init__()
        self.emb_dim = emb_dim
        self.scale = nn.Parameter(torch.ones(emb_dim))
        self.shift = nn.Parameter(torch.zeros(emb_dim))

    def forward(self, x):
        rows = x.reshape(-1, self.emb_dim)
        return F.group_norm(rows, 1, self.scale, self.shift, 1e-5).reshape(x.shape)
