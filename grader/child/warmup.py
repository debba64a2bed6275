"""Runs what every check does once in a standby process. A fork copies a page of the fork server's memory when it first
uses it, which takes a third of a check's time if it happens during the check."""

from __future__ import annotations

from typing import Any

import torch
from torch import nn

from engine.frames import HEADER, pack, unpack
from exercises.kit import compare, devices, tensors, weights


class _Model(nn.Module):
    """A module with the operations that solutions use most."""

    def __init__(self) -> None:
        super().__init__()
        self.embedding = nn.Embedding(5, 8)
        self.first, self.second = nn.Linear(8, 8), nn.Linear(8, 8, bias=False)
        self.dropout, self.norm = nn.Dropout(0.5), nn.LayerNorm(8)
        self.mask = nn.Buffer(torch.triu(torch.ones(4, 4), diagonal=1))

    def forward(self, ids: torch.Tensor) -> Any:
        x = self.embedding(ids) + self.embedding(torch.arange(ids.shape[1], device=ids.device))
        x = nn.functional.gelu(self.second(self.first(self.norm(self.dropout(x)))))
        heads = x.view(*ids.shape, 2, 4).transpose(1, 2)
        scores = (heads @ heads.transpose(2, 3)).masked_fill(self.mask.bool()[:4, :4], -torch.inf)
        x = (torch.softmax(scores / 2**0.5, dim=-1) @ heads).transpose(1, 2).contiguous().view(*ids.shape, 8)
        x = (x - x.mean(dim=-1, keepdim=True)) / torch.sqrt(x.var(dim=-1, keepdim=True, unbiased=False) + 1e-5)
        x = 0.5 * x * (1 + torch.tanh(x + 0.04 * torch.pow(x, 3)))
        x = torch.exp(x - x.max(dim=-1, keepdim=True).values)
        return torch.cat([x / x.sum(dim=-1, keepdim=True), torch.relu(x)], dim=-1), torch.stack([x, x]).flatten(0, 1)


def warm_up_meta_device() -> None:
    """Runs the operations on the "meta" device, each of which torch looks up once; leaves the generator unchanged."""
    with torch.random.fork_rng(devices=[]):
        devices.on_meta_device(_Model(), torch.tensor([[0, 1, 2, 3], [1, 2, 3, 4]]))


def warm_up() -> None:
    """Makes, fills, runs, trains, sends and compares a small module; leaves the generator unchanged."""
    state = torch.get_rng_state()
    module = nn.Sequential(nn.Linear(4, 4), nn.ReLU(), nn.Dropout(0.5), nn.LayerNorm(4), nn.Linear(4, 2, bias=False))
    x = tensors.tokens(2, 3, 4)
    out = torch.softmax(weights.fill(module)(x), dim=-1)
    hidden = torch.triu(torch.ones(3, 3), diagonal=1).bool()
    scores = (out @ out.transpose(1, 2)).masked_fill(hidden, -torch.inf)
    gradients = weights.gradients(module, torch.softmax(scores / 2**0.5, dim=-1).square().sum())
    frame = pack({"gradients": gradients, "text": "…", "list": [1, 2.5, (True, None)]})
    size = HEADER.unpack(frame[: HEADER.size])[0]
    received = unpack(frame[HEADER.size : HEADER.size + size], frame[HEADER.size + size :])
    assert compare.difference(received["gradients"], gradients) is None
    torch.set_rng_state(state)
