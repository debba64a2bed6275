"""Applies the softmax to the visible part of each row and pads it with zeros."""

import torch
import torch.nn.functional as F


def causal_softmax(scores: torch.Tensor) -> torch.Tensor:
    length = scores.size(-1)
    rows = []
    for t in range(length):
        visible = scores[..., t, : t + 1]
        rows.append(F.pad(F.softmax(visible, dim=-1), (0, length - t - 1)))
    return torch.stack(rows, dim=-2)
