"""Statistics of dropout masks."""

from __future__ import annotations

from typing import Any

import torch


def dropout_statistics(data: dict[str, Any]) -> dict[str, Any]:
    """Summarizes dropout on attention weights from the first token of a causal head, whose only weight is 1.

    `data`: "training", the outputs of several calls, each (N, H, D), and "evaluation", the output without dropout,
    (H, D). Returns `factors`, by which outputs are multiplied; `share` of dropped heads, rounded to fifths; `whole`,
    whether a head's numbers are all dropped or all kept; `independent`, whether sequences and heads differ.
    """
    training = torch.stack(data["training"]).detach()
    dropped = (training == 0).all(-1)  # (calls, N, H)
    factors = (training / data["evaluation"].detach()).mul(100).round().unique()[:5] / 100
    return {
        "factors": [round(float(factor), 2) + 0.0 for factor in factors],
        "share": round(float(dropped.float().mean()) * 5) / 5,
        "whole": bool((dropped | (training != 0).all(-1)).all()),
        "independent": bool(
            (dropped != dropped[:, :1]).any() and (dropped.shape[2] < 2 or (dropped != dropped[..., :1]).any())
        ),
    }
