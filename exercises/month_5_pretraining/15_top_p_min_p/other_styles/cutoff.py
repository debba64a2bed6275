"""Finds the smallest logit to keep, and compares in the space of logits."""

import math

import torch


def filter_logits(logits: torch.Tensor, top_p: float | None = None, min_p: float | None = None) -> torch.Tensor:
    result = logits.clone()
    if top_p is not None:
        ordered = logits.sort(dim=-1, descending=True).values
        cumulative = ordered.softmax(-1).cumsum(-1)
        count = (cumulative < top_p).sum(-1, keepdim=True).clamp(max=logits.shape[-1] - 1)
        result[logits < ordered.gather(-1, count)] = -torch.inf
    if min_p:
        cutoff = logits.amax(-1, keepdim=True) + math.log(min_p)
        result = torch.where(logits >= cutoff, result, torch.full_like(result, -torch.inf))
    return result
