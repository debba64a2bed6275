"""Gradient accumulation: small batches that train as one large batch.

Shapes: batch size B, sequence length T, vocabulary size V; B and T can differ between batches.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import nn

IGNORED = -100  # a target that does not count: padding, or an instruction


def train_accumulated(
    model: nn.Module, batches: list[tuple[torch.Tensor, torch.Tensor]], optimizer: torch.optim.Optimizer, k: int
) -> None:
    """Takes one optimizer step for each k batches, with the gradient of the mean loss over all their targets.

    batches: inputs and targets, (B, T) each, int64; the last step may have fewer than k of them
    The model, which is in training mode, maps ids (B, T) to logits (B, T, V).
    """
    for start in range(0, len(batches), k):
        group = batches[start : start + k]
        count = sum(int((targets != IGNORED).sum()) for _, targets in group)
        optimizer.zero_grad()
        for inputs, targets in group:
            logits = model(inputs)
            total = F.cross_entropy(logits.flatten(0, 1), targets.flatten(), ignore_index=IGNORED, reduction="sum")
            loss = total / count
            loss.backward()  # adds to the gradients, and frees the graph of this batch
        optimizer.step()
