"""Collects the losses in a list, without gradients, and averages them."""

import math
import statistics

import torch
from parts import calc_loss_batch


@torch.inference_mode()
def calc_loss_loader(data_loader, model, device, num_batches=None):
    limit = math.inf if num_batches is None else num_batches
    losses = []
    for inputs, targets in data_loader:
        if len(losses) >= limit:
            break
        losses.append(float(calc_loss_batch(inputs, targets, model, device)))
    return statistics.fmean(losses) if losses else math.nan
