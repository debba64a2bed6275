"""Training, one epoch at a time (book, appendix A.7).

Shapes: a batch holds B examples; a classifier gives a logit for each of C classes.
"""

from __future__ import annotations

from collections.abc import Iterable

import torch
import torch.nn.functional as F
from torch import nn


def train_epoch(
    model: nn.Module, loader: Iterable[tuple[torch.Tensor, torch.Tensor]], optimizer: torch.optim.Optimizer
) -> float:
    """Goes once through the loader, one optimizer step a batch; returns the mean of the batches' losses.

    A batch is (inputs (B, …), labels (B,)). Book, section A.7.
    """
    model.train()  # dropout and batch norm behave differently while training
    total, batches = 0.0, 0
    for inputs, labels in loader:
        logits = model(inputs)  # (B, C)
        loss = F.cross_entropy(logits, labels)
        # backward adds to the gradients that are there, so those of the last batch must go
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        total += loss.item()  # the number alone; the tensor would keep all that it was computed from
        batches += 1
    return total / batches
