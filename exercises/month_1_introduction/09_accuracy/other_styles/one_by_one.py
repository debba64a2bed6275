from __future__ import annotations

import torch
from torch import nn


@torch.no_grad()
def compute_accuracy(model: nn.Module, dataloader) -> float:
    model.eval()
    right, wrong = [], []
    for inputs, labels in dataloader:
        for row, label in zip(model(inputs).tolist(), labels.tolist(), strict=True):
            (right if row.index(max(row)) == label else wrong).append(label)
    return len(right) / (len(right) + len(wrong))
