"""The highest gradient of a model (book, section D.3)."""

from __future__ import annotations

import torch
from torch import nn


def find_highest_gradient(model: nn.Module) -> torch.Tensor | None:
    """Returns the largest number in the gradients of all parameters, a scalar tensor; None without gradients.

    Like the book's it compares values, not absolute values. Book, section D.3.
    """
    highest = None
    for parameter in model.parameters():
        if parameter.grad is not None:  # a frozen or unused parameter has none
            largest = parameter.grad.max()
            if highest is None or largest > highest:
                highest = largest
    return highest
