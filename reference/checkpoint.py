"""Checkpoints: the state of a training in a file, to continue it later (book, section 5.4)."""

from __future__ import annotations

from os import PathLike

import torch
from torch import nn


def save_checkpoint(model: nn.Module, optimizer: torch.optim.Optimizer, step: int, path: str | PathLike[str]) -> None:
    """Writes the states of the model and the optimizer and the number of steps done to a file. Book, section 5.4."""
    checkpoint = {
        "model": model.state_dict(),  # parameters, frozen or not, and buffers
        "optimizer": optimizer.state_dict(),  # running averages, and settings such as the learning rate
        "step": step,
    }
    torch.save(checkpoint, path)


def load_checkpoint(path: str | PathLike[str], model: nn.Module, optimizer: torch.optim.Optimizer) -> int:
    """Restores the model and the optimizer from a file of save_checkpoint, in place. Returns the number of steps.

    Raises an error where the file lacks a weight of the model or has one of a different shape. Book, section 5.4.
    """
    checkpoint = torch.load(path, map_location="cpu", weights_only=True)
    model.load_state_dict(checkpoint["model"])  # copies to the model's device
    optimizer.load_state_dict(checkpoint["optimizer"])
    step: int = checkpoint["step"]
    return step
