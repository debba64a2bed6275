"""Sorts the (token, place) pairs by expert and splits them; the softmax over all is divided by the sum of the top k."""

import torch
from torch import nn
from torch.nn import functional as F


class MoEFeedForward(nn.Module):
    def __init__(self, cfg):
        super().__init__()
        width, hidden, self.E, self.k = (
            cfg[key] for key in ("emb_dim", "hidden_dim", "num_experts", "num_experts_per_tok")
        )
        self.gate = nn.Linear(width, self.E, bias=False)
        self.fc1 = nn.ModuleList([nn.Linear(width, hidden, bias=False) for _ in range(self.E)])
        self.fc2 = nn.ModuleList([nn.Linear(width, hidden, bias=False) for _ in range(self.E)])
        self.fc3 = nn.ModuleList([nn.Linear(hidden, width, bias=False) for _ in range(self.E)])

    def forward(self, x):
        B, T, C = x.shape
        probabilities, experts = self.gate(x).softmax(-1).topk(self.k, -1)
        probabilities = (probabilities / probabilities.sum(-1, keepdim=True)).reshape(-1)
        order = experts.reshape(-1).argsort()
        counts = torch.bincount(experts.reshape(-1), minlength=self.E).tolist()
        inputs = x.reshape(-1, C)[order // self.k]
        results = [
            self.fc3[e](F.silu(self.fc1[e](part)) * self.fc2[e](part)) for e, part in enumerate(inputs.split(counts))
        ]
        weighted = torch.cat(results) * probabilities[order][:, None]
        placed = weighted[order.argsort()]  # back in the order of the pairs
        return placed.view(B, T, self.k, C).sum(dim=2)
