"""The training and the validation loss of a classifier during training (book, section 6.7).

The functions have the names of those for language models, in loss_loader.py and evaluation.py, but use the loss at the
last token. Shapes: batch size B, sequence length T.
"""

from __future__ import annotations

from itertools import islice

import torch
from torch import nn
from torch.utils.data import DataLoader

from reference.classify_metrics import calc_loss_batch

Loader = DataLoader[tuple[torch.Tensor, torch.Tensor]]


def calc_loss_loader(
    data_loader: Loader, model: nn.Module, device: torch.device | str, num_batches: int | None = None
) -> float:
    """Returns the mean loss of the loader's first num_batches batches, or of all; NaN for an empty loader.

    The loader yields inputs (B, T) and classes (B,). Book, section 6.6.
    """
    losses = [
        calc_loss_batch(inputs, classes, model, device).item() for inputs, classes in islice(data_loader, num_batches)
    ]
    return sum(losses) / len(losses) if losses else float("nan")


def evaluate_model(
    model: nn.Module, train_loader: Loader, val_loader: Loader, device: torch.device | str, eval_iter: int
) -> tuple[float, float]:
    """Returns the mean losses of the first eval_iter batches of both loaders. Book, section 6.7.

    The model is in training mode afterwards.
    """
    model.eval()
    with torch.no_grad():
        train_loss = calc_loss_loader(train_loader, model, device, eval_iter)
        val_loss = calc_loss_loader(val_loader, model, device, eval_iter)
    model.train()
    return train_loss, val_loss
