"""The training and the validation loss of a language model during training (book, section 5.2).

Shapes: batch size B, sequence length T.
"""

from __future__ import annotations

import torch
from torch import nn
from torch.utils.data import DataLoader

from reference.loss_loader import calc_loss_loader


def evaluate_model(
    model: nn.Module,
    train_loader: DataLoader[tuple[torch.Tensor, torch.Tensor]],
    val_loader: DataLoader[tuple[torch.Tensor, torch.Tensor]],
    device: torch.device | str,
    eval_iter: int,
) -> tuple[float, float]:
    """Returns the mean losses of the first eval_iter batches of both loaders, (train_loss, val_loss).

    The loaders yield inputs and targets, (B, T) each. The model is in training mode afterwards. Book, section 5.2.
    """
    model.eval()  # disables dropout
    with torch.no_grad():
        train_loss = calc_loss_loader(train_loader, model, device, num_batches=eval_iter)
        val_loss = calc_loss_loader(val_loader, model, device, num_batches=eval_iter)
    model.train()  # training continues
    return train_loss, val_loss
