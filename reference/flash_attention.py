"""Attention with an online softmax, which never stores all T × T scores.

Milakov and Gimelshein, 2018, "Online normalizer calculation for softmax"; Dao et al., 2022, "FlashAttention".
"""

from __future__ import annotations

import torch


def flash_attention(
    q: torch.Tensor, k: torch.Tensor, v: torch.Tensor, block_size: int, causal: bool = True
) -> torch.Tensor:
    """Computes softmax(q kᵀ / √d) v in blocks of block_size keys. q, k, v (…, T, d) -> (…, T, d).

    If causal is true, q and k have the same length, and each query attends only to keys at or before its position.
    """
    T, d = q.shape[-2:]
    query_positions = torch.arange(T, device=q.device)[:, None]
    largest = torch.full_like(q[..., :1], float("-inf"))  # (…, T, 1): running maximum of the scores
    total = torch.zeros_like(largest)  # running sum of exp(score - largest)
    context = torch.zeros_like(q)  # running sum of exp(score - largest) · value
    for start in range(0, k.shape[-2], block_size):
        keys = k[..., start : start + block_size, :]
        values = v[..., start : start + block_size, :]
        scores = q @ keys.transpose(-2, -1)  # (…, T, block)
        scaled_scores = scores / d**0.5
        if causal:
            key_positions = start + torch.arange(keys.shape[-2], device=q.device)
            scaled_scores = scaled_scores.masked_fill(key_positions > query_positions, float("-inf"))
        new_largest = torch.maximum(largest, scaled_scores.amax(dim=-1, keepdim=True))
        rescale = torch.exp(largest - new_largest)  # the running sums are relative to the old maximum
        exponentials = torch.exp(scaled_scores - new_largest)
        total = total * rescale + exponentials.sum(dim=-1, keepdim=True)
        context = context * rescale + exponentials @ values
        largest = new_largest
    output = context / total
    return output
