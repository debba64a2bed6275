"""The loss and the accuracy of a GPT that classifies texts (book, section 6.6).

Shapes: batch size B, sequence length T, number of classes C.
"""

from __future__ import annotations

from itertools import islice

import torch
import torch.nn.functional as F
from torch import nn
from torch.utils.data import DataLoader


def calc_loss_batch(
    input_batch: torch.Tensor, target_batch: torch.Tensor, model: nn.Module, device: torch.device | str
) -> torch.Tensor:
    """Returns the mean cross-entropy of the classes at the last token, a scalar tensor. Book, section 6.6.

    input_batch: (B, T), int64; target_batch: (B,), the classes; the model returns logits (B, T, C)
    """
    inputs = input_batch.to(device)
    targets = target_batch.to(device)
    outputs = model(inputs)  # (B, T, C)
    last_logits = outputs[:, -1, :]  # (B, C), of the only token that attends to the whole text
    loss = F.cross_entropy(last_logits, targets)
    return loss


def calc_accuracy_loader(
    data_loader: DataLoader[tuple[torch.Tensor, torch.Tensor]],
    model: nn.Module,
    device: torch.device | str,
    num_batches: int | None = None,
) -> float:
    """Returns the fraction of texts whose class is predicted correctly, in the first num_batches batches or in all.

    The loader yields inputs (B, T) and classes (B,). Book, section 6.6.
    """
    model.eval()
    available = len(data_loader)
    count = available if num_batches is None else min(num_batches, available)
    correct, total = 0, 0
    for input_batch, target_batch in islice(data_loader, count):
        ids = input_batch.to(device)
        labels = target_batch.to(device)
        with torch.no_grad():
            class_logits = model(ids)[:, -1, :]  # (B, C)
        predictions = class_logits.argmax(dim=-1)  # (B,)
        matches = predictions == labels
        correct += int(matches.sum())
        total += len(labels)  # the last batch may be smaller
    return correct / total
