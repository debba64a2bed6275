"""Rotary position embeddings, as Llama models use them (Su et al., 2021, RoFormer, arXiv 2104.09864).

Shapes: batch size B, heads H, sequence length T, head dimension D (an even number).
"""

from __future__ import annotations

import torch


def compute_rope_params(
    head_dim: int, theta_base: float = 10_000, context_length: int = 4096, dtype: torch.dtype = torch.float32
) -> tuple[torch.Tensor, torch.Tensor]:
    """Returns cos and sin of the angle of every position and feature, each (context_length, D).

    At position m, pair i is rotated by m · theta_base^(-2i / D). Pair i consists of the features i and i + D/2, so
    each row is the D/2 angles twice. RoFormer, equation 15.
    """
    doubled_pairs = torch.arange(0, head_dim, 2, dtype=torch.float64)  # 2i: 0, 2, …, D - 2
    frequencies = theta_base ** (-doubled_pairs / head_dim)  # (D/2,), from 1 down to nearly 1 / theta_base
    positions = torch.arange(context_length, dtype=torch.float64)  # float32 would be off by 0.0005 at position 8,000
    pair_angles = positions[:, None] * frequencies  # (context_length, D/2)
    angles = torch.cat((pair_angles, pair_angles), dim=-1)  # (context_length, D)
    cos, sin = torch.cos(angles).to(dtype), torch.sin(angles).to(dtype)
    return cos, sin


def apply_rope(x: torch.Tensor, cos: torch.Tensor, sin: torch.Tensor) -> torch.Tensor:
    """Rotates each pair of features of queries or keys by the angle of their position. (B, H, T, D) -> (B, H, T, D).

    cos and sin are (at least T, D); the tokens have the positions 0 to T - 1. The result has the dtype of x.
    RoFormer, equation 34, with the pairs of Llama's weights in Hugging Face's layout.
    """
    T, D = x.shape[-2:]
    first_half, second_half = x[..., : D // 2], x[..., D // 2 :]
    quarter_turn = torch.cat((-second_half, first_half), dim=-1)  # each pair (a, b) becomes (-b, a)
    rotated = x * cos[:T] + quarter_turn * sin[:T]
    return rotated.to(x.dtype)
