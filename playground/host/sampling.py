"""Chooses the next token from the logits."""

from __future__ import annotations

import torch
from torch import Tensor

from playground.host.assembly import OwnFunction
from playground.host.own_code import PartError
from playground.messages import Sampling


def choose(
    logits: Tensor, sampling: Sampling, generator: torch.Generator, own_filter: OwnFunction | None = None
) -> int:
    """Returns the id of the next token for logits (V,), in the steps that `Sampling` describes.

    `own_filter` is the learner's filter_logits, which applies top_p and min_p. Raises PartError for a wrong result.
    """
    if sampling.is_greedy:
        return int(logits.argmax())
    logits = logits / sampling.temperature
    if sampling.top_k is not None and sampling.top_k < len(logits):
        logits, ids = logits.topk(sampling.top_k)  # sorted, most probable first
    else:
        logits, ids = logits.sort(descending=True)
    limits = {name: value for name in ("top_p", "min_p") if (value := getattr(sampling, name)) is not None}
    if own_filter is not None and limits:
        logits, limits = _filtered(own_filter, logits, limits), {}
    probabilities = torch.softmax(logits, dim=-1)
    if limits:
        preceding = probabilities.cumsum(0) - probabilities  # the sum over all more probable tokens
        removed = (preceding >= limits.get("top_p", 2.0)) | (
            probabilities < limits.get("min_p", 0.0) * probabilities[0]
        )
        removed[0] = False  # the most probable token always stays
        probabilities = probabilities.masked_fill(removed, 0.0)
    return int(ids[torch.multinomial(probabilities, 1, generator=generator)])


def _filtered(own_filter: OwnFunction, logits: Tensor, limits: dict[str, float]) -> Tensor:
    filtered = own_filter(logits[None].clone(), **limits)
    if not isinstance(filtered, Tensor) or filtered.shape != (1, len(logits)):
        returned = f"shape {tuple(filtered.shape)}" if isinstance(filtered, Tensor) else type(filtered).__name__
        raise PartError(own_filter.id, f"Your filter_logits returned {returned}; it should return {(1, len(logits))}.")
    if not torch.isfinite(filtered).any() or filtered.isnan().any():
        raise PartError(own_filter.id, "Your filter_logits left no token to choose from.")
    return filtered[0]
