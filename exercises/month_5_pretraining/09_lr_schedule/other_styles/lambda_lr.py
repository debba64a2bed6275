"""Lets PyTorch's LambdaLR compute the rate, with a factor of the peak, at exactly this step."""

import numpy as np
import torch


def factor(step, total, warmup, peak, initial, minimum):
    if step >= warmup:
        angle = np.pi * (step - warmup) / (total - warmup)
        return (minimum + (peak - minimum) * (np.cos(angle) + 1) / 2) / peak
    return np.interp(step, [0, warmup], [initial, peak]) / peak


def lr_at(step, total, warmup, peak, initial, minimum):
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=peak)
    scheduler = torch.optim.lr_scheduler.LambdaLR(
        optimizer, lambda epoch: factor(step, total, warmup, peak, initial, minimum)
    )
    return float(scheduler.get_last_lr()[0])
