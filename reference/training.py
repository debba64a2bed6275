"""A training loop for one epoch (book, section A.7).

Shapes: batch size B, C classes.
"""

from __future__ import annotations

from collections.abc import Iterable

import torch
import torch.nn.functional as F
from torch import nn


def train_epoch(
    model: nn.Module, loader: Iterable[tuple[torch.Tensor, torch.Tensor]], optimizer: torch.optim.Optimizer
) -> float:
    """Trains for one epoch with one optimizer step per batch. Returns the mean of the batch losses.

    The loader yields inputs (B, …) and labels (B,). Book, section A.7.
    """
    model.train()  # enables dropout and batch-norm updates
    total, batches = 0.0, 0
    for inputs, labels in loader:
        logits = model(inputs)  # (B, C)
        loss = F.cross_entropy(logits, labels)
        # backward() adds to existing gradients
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        total += loss.item()  # a float; the tensor would keep the computation graph alive
        batches += 1
    return total / batches
