"""Scaling laws: the loss that a budget of compute can reach, and how to divide it.

Kaplan et al., 2020, arXiv 2001.08361; Hoffmann et al., 2022, arXiv 2203.15556 ("Chinchilla").
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

FLOPS_PER_WEIGHT = 6  # of a training step, for each weight and token: 2 forward, 4 backward
TOKENS_PER_WEIGHT = 20  # of the best model for its compute; Hoffmann et al.
ROUNDS = 12
CANDIDATES = 200


def fit(compute: Sequence[float], loss: Sequence[float]) -> tuple[float, float, float]:
    """Returns (a, b, floor) of the curve loss = floor + a · compute^(-b) that is closest to the runs.

    For a given floor, log(loss - floor) = log a - b · log compute is a straight line, so the search is for the floor
    with the smallest squared error of the losses. It narrows a grid of candidates round by round.
    """
    log_compute = torch.tensor(compute, dtype=torch.float64).log()  # (runs,)
    losses = torch.tensor(loss, dtype=torch.float64)
    low, high = 0.0, float(losses.min())
    for _ in range(ROUNDS):
        floors = torch.linspace(low, high, CANDIDATES + 2, dtype=torch.float64)[1:-1]
        a, b = _lines(log_compute, (losses - floors[:, None]).log())
        curves = floors[:, None] + a[:, None] * (-b[:, None] * log_compute).exp()  # (candidates, runs)
        errors = (curves - losses).square().sum(dim=1)
        best = int(errors.argmin())
        width = float(floors[1] - floors[0])
        floor = float(floors[best])
        low, high = max(0.0, floor - 2 * width), min(float(losses.min()), floor + 2 * width)
    return float(a[best]), float(b[best]), floor


def _lines(x: Tensor, y: Tensor) -> tuple[Tensor, Tensor]:
    """Returns a and b of the line y = log a - b · x through each row of y. (runs,), (candidates, runs)."""
    centred = x - x.mean()
    slope = (y * centred).sum(dim=1) / centred.square().sum()
    intercept = y.mean(dim=1) - slope * x.mean()
    return intercept.exp(), -slope


def best_split(compute: float) -> tuple[float, float]:
    """Returns the number of weights and of training tokens of the best model for so many operations.

    compute = 6 · weights · tokens, and tokens = 20 · weights.
    """
    weights = (compute / (FLOPS_PER_WEIGHT * TOKENS_PER_WEIGHT)) ** 0.5
    tokens = TOKENS_PER_WEIGHT * weights
    return weights, tokens
