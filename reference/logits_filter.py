"""Filters that exclude unlikely tokens before one is drawn.

Shapes: batch size B, vocabulary size V.
"""

from __future__ import annotations

import torch


def filter_logits(logits: torch.Tensor, top_p: float | None = None, min_p: float | None = None) -> torch.Tensor:
    """Sets the logits of unlikely tokens to -inf and returns the others unchanged. (B, V) -> (B, V).

    top_p keeps the smallest set of most likely tokens whose probabilities sum to at least top_p (Holtzman et al., 2020,
    arXiv 1904.09751). min_p keeps the tokens that are at least min_p times as likely as the most likely one (Nguyen et
    al., 2024, arXiv 2407.01082).
    """
    probabilities = torch.softmax(logits, dim=-1)
    removed = torch.zeros_like(logits, dtype=torch.bool)
    if top_p is not None:
        sorted_probabilities, order = torch.sort(probabilities, dim=-1, descending=True)
        cumulative = torch.cumsum(sorted_probabilities, dim=-1)
        sorted_removed = cumulative - sorted_probabilities >= top_p  # the more likely tokens reach top_p alone
        removed = removed.scatter(-1, order, sorted_removed)  # back to the order of the ids
    if min_p is not None:
        threshold = min_p * probabilities.max(dim=-1, keepdim=True).values  # (B, 1)
        removed = removed | (probabilities < threshold)
    filtered = logits.masked_fill(removed, float("-inf"))
    return filtered
