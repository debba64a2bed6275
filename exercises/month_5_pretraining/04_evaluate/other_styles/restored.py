"""Restores each module's mode in a context manager, and collects the losses in a list."""

from contextlib import contextmanager

import torch
from parts import calc_loss_loader


@contextmanager
def evaluating(model):
    modes = [(module, module.training) for module in model.modules()]
    try:
        yield model.eval()
    finally:
        for module, mode in modes:
            module.training = mode


@torch.inference_mode()
def evaluate_model(model, train_loader, val_loader, device, eval_iter):
    with evaluating(model) as quiet:
        return [calc_loss_loader(loader, quiet, device, eval_iter) for loader in (train_loader, val_loader)]
