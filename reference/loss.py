"""The loss of a language model on a batch of text (book, sections 5.1.2 and 5.1.3).

Shapes: batch size B, sequence length T, vocabulary size V.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F


def calc_loss_batch(
    input_batch: torch.Tensor, target_batch: torch.Tensor, model: torch.nn.Module, device: torch.device | str
) -> torch.Tensor:
    """Returns the mean cross-entropy of the model over all tokens of a batch. Book, sections 5.1.2 and 5.1.3.

    input_batch: (B, T), int64
    target_batch: (B, T), int64, the input shifted by one token already
    The model returns logits (B, T, V); the loss is a scalar tensor.
    """
    inputs = input_batch.to(device)
    targets = target_batch.to(device)
    logits = model(inputs)
    flat_logits = logits.flatten(0, 1)
    flat_targets = targets.flatten()
    loss = F.cross_entropy(flat_logits, flat_targets)
    return loss
