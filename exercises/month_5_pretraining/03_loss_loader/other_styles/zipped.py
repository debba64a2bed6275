"""Keeps a running mean, and limits the batches with zip."""

import numpy as np
import torch.nn.functional as F


def calc_loss_loader(data_loader, model, device, num_batches=None):
    mean = float("nan")
    steps = range(len(data_loader)) if num_batches is None else range(num_batches)
    for number, batch in zip(steps, data_loader, strict=False):
        x, y = (part.to(device, non_blocking=True) for part in batch)
        loss = F.cross_entropy(model(x).transpose(1, 2), y).detach().cpu().numpy()
        mean = float(loss) if number == 0 else mean + (float(np.float64(loss)) - mean) / (number + 1)
    return mean
