"""Statistics of dropout on attention weights."""

from __future__ import annotations

from typing import Any

import torch


def dropout_statistics(data: dict[str, Any], heads: int = 1) -> dict[str, Any]:
    """Summarizes dropout from the first token of causal heads, whose only attention weight is 1.

    `data`: "training", the outputs of several calls, each (N, T, heads · D), and "evaluation", the output without
    dropout, (1, T, heads · D). Returns `factors`, by which numbers are multiplied; `share` of dropped heads, rounded
    to fifths; `whole`, whether a head's numbers are all dropped or all kept; `independent`, whether sequences and
    heads differ.
    """
    training, evaluation = (
        outputs.detach()[..., 0, :].unflatten(-1, (heads, -1))
        for outputs in (torch.stack(data["training"]), data["evaluation"])
    )
    dropped = (training == 0).all(-1)  # (calls, N, heads)
    factors = (training / evaluation).mul(100).round().unique()[:5] / 100
    sequences_differ = bool((dropped != dropped[:, :1]).any())
    return {
        "factors": [round(float(factor), 2) + 0.0 for factor in factors],
        "share": round(float(dropped.float().mean()) * 5) / 5,
        "whole": bool((dropped | (training != 0).all(-1)).all()),
        "independent": sequences_differ and (heads == 1 or bool((dropped != dropped[..., :1]).any())),
    }
