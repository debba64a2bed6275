"""The mean loss of a language model over the batches of a data loader (book, section 5.1.3).

Shapes: batch size B, sequence length T.
"""

from __future__ import annotations

from itertools import islice

import torch
from torch import nn
from torch.utils.data import DataLoader

from reference.loss import calc_loss_batch


def calc_loss_loader(
    data_loader: DataLoader[tuple[torch.Tensor, torch.Tensor]],
    model: nn.Module,
    device: torch.device | str,
    num_batches: int | None = None,
) -> float:
    """Returns the mean loss of the loader's first num_batches batches, or of all; NaN for an empty loader.

    The loader yields inputs and targets, (B, T) each. Book, section 5.1.3.
    """
    available = len(data_loader)
    if available == 0:
        return float("nan")
    count = available if num_batches is None else min(num_batches, available)
    total = 0.0
    for input_batch, target_batch in islice(data_loader, count):
        loss = calc_loss_batch(input_batch, target_batch, model, device)
        total += loss.item()  # a float; the tensor would keep the batch's computation graph in memory
    return total / count
