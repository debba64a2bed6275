"""Chooses the next token from the logits."""

import torch
from torch import Tensor

from playground.messages import Sampling


def choose(logits: Tensor, sampling: Sampling, generator: torch.Generator) -> int:
    """Returns the id of the next token for logits (V,), in the steps that `Sampling` describes."""
    if sampling.is_greedy:
        return int(logits.argmax())
    logits = logits / sampling.temperature
    if sampling.top_k is not None and sampling.top_k < len(logits):
        logits, ids = logits.topk(sampling.top_k)  # sorted, most probable first
    else:
        logits, ids = logits.sort(descending=True)
    probabilities = torch.softmax(logits, dim=-1)
    if sampling.top_p is not None:
        preceding = probabilities.cumsum(0) - probabilities  # the sum over all more probable tokens
        probabilities = probabilities.masked_fill(preceding >= sampling.top_p, 0.0)
        probabilities[0] = probabilities[0].clamp_min(1e-30)  # the most probable token always stays
    return int(ids[torch.multinomial(probabilities, 1, generator=generator)])
