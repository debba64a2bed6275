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

    `own_filter` is the learner's filter_logits, which applies top_p. Raises PartError for a wrong result.
    """
    if sampling.is_greedy:
        return int(logits.argmax())
    logits = logits / sampling.temperature
    if sampling.top_k is not None and sampling.top_k < len(logits):
        logits, ids = logits.topk(sampling.top_k)  # sorted, most probable first
    else:
        logits, ids = logits.sort(descending=True)
    if own_filter is not None and sampling.top_p is not None:
        logits = _filtered(own_filter, logits, sampling.top_p)
    probabilities = torch.softmax(logits, dim=-1)
    if own_filter is None and sampling.top_p is not None:
        preceding = probabilities.cumsum(0) - probabilities  # the sum over all more probable tokens
        probabilities = probabilities.masked_fill(preceding >= sampling.top_p, 0.0)
        probabilities[0] = probabilities[0].clamp_min(1e-30)  # the most probable token always stays
    return int(ids[torch.multinomial(probabilities, 1, generator=generator)])


def _filtered(own_filter: OwnFunction, logits: Tensor, top_p: float) -> Tensor:
    filtered = own_filter(logits[None].clone(), top_p=top_p)
    if not isinstance(filtered, Tensor) or filtered.shape != (1, len(logits)):
        returned = f"shape {tuple(filtered.shape)}" if isinstance(filtered, Tensor) else type(filtered).__name__
        raise PartError(own_filter.id, f"Your filter_logits returned {returned}; it should return {(1, len(logits))}.")
    if not torch.isfinite(filtered).any() or filtered.isnan().any():
        raise PartError(own_filter.id, "Your filter_logits left no token to choose from.")
    return filtered[0]
