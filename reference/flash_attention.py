"""Attention that never holds all T × T scores: the softmax is worked out block by block.

Milakov and Gimelshein, 2018, "Online normalizer calculation for softmax"; Dao et al., 2022, "FlashAttention".
"""

from __future__ import annotations

import torch


def flash_attention(
    q: torch.Tensor, k: torch.Tensor, v: torch.Tensor, block_size: int, causal: bool = True
) -> torch.Tensor:
    """softmax(q · kᵀ / √d) · v, with block_size keys at a time. q, k, v (…, T, d) -> (…, T, d).

    Where causal, q and k have the same T and a query sees only keys up to its own place.
    """
    T, d = q.shape[-2:]
    query_places = torch.arange(T, device=q.device)[:, None]
    largest = torch.full_like(q[..., :1], float("-inf"))  # (…, T, 1): the largest score so far
    total = torch.zeros_like(largest)  # the sum of exp(score - largest) so far
    context = torch.zeros_like(q)  # the values so far, each times exp(score - largest)
    for start in range(0, k.shape[-2], block_size):
        keys = k[..., start : start + block_size, :]
        values = v[..., start : start + block_size, :]
        scores = q @ keys.transpose(-2, -1)  # (…, T, block)
        scaled_scores = scores / d**0.5
        if causal:
            key_places = start + torch.arange(keys.shape[-2], device=q.device)
            scaled_scores = scaled_scores.masked_fill(key_places > query_places, float("-inf"))
        new_largest = torch.maximum(largest, scaled_scores.amax(dim=-1, keepdim=True))
        rescale = torch.exp(largest - new_largest)  # what was summed so far used the old largest score
        exponentials = torch.exp(scaled_scores - new_largest)
        total = total * rescale + exponentials.sum(dim=-1, keepdim=True)
        context = context * rescale + exponentials @ values
        largest = new_largest
    output = context / total
    return output
