import torch
from torch import nn


class MoEFeedForward(nn.Module):
    """A feed-forward network of several SwiGLU experts, of which each token uses a few.

    cfg: a dict with emb_dim, hidden_dim (of one expert), num_experts and num_experts_per_tok
    """

    def __init__(self, cfg):
        super().__init__()
        # Create self.gate (nn.Linear) and self.fc1, self.fc2, self.fc3: an nn.ModuleList each, one layer per expert.
        raise NotImplementedError

    def forward(self, x):
        """x: (B, T, emb_dim). Returns (B, T, emb_dim)."""
        raise NotImplementedError
