"""Each row is cut to what it may see, and filled up with zeros."""

import torch
import torch.nn.functional as F


def causal_softmax(scores: torch.Tensor) -> torch.Tensor:
    length = scores.size(-1)
    rows = []
    for t in range(length):
        seen = scores[..., t, : t + 1]
        rows.append(F.pad(F.softmax(seen, dim=-1), (0, length - t - 1)))
    return torch.stack(rows, dim=-2)
