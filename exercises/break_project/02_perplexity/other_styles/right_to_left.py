"""Keeps the first loss of each position in a dictionary. The last window always has the full size."""

from __future__ import annotations

import math

import torch


def windows(n: int, size: int, stride: int):
    begin = 0
    while begin + size < n:
        yield begin, begin + size
        begin += stride
    yield max(0, n - size), n


@torch.no_grad()
def perplexity(model, ids, context_size, stride):
    was, model = model.training, model.eval()
    losses: dict[int, float] = {}
    for begin, end in windows(len(ids) - 1, context_size, stride):
        log_probs = torch.log_softmax(model(ids[begin:end].reshape(1, -1)), dim=2)
        for t in range(begin, end):
            losses.setdefault(t + 1, -log_probs[0, t - begin, ids[t + 1]].item())
    model.train(was)
    return math.exp(sum(losses.values()) / len(losses))
