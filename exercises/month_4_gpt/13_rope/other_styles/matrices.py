"""Fills the tables number by number, and multiplies each pair by a 2 × 2 matrix."""

import math

import torch


def compute_rope_params(head_dim, theta_base=10_000, context_length=4096, dtype=torch.float32):
    rates = [math.exp(-math.log(theta_base) * 2 * i / head_dim) for i in range(head_dim // 2)] * 2
    angles = [[position * rate for rate in rates] for position in range(context_length)]
    angles = torch.tensor(angles, dtype=torch.float64)
    return [function(angles).to(dtype) for function in (torch.cos, torch.sin)]


def apply_rope(x, cos, sin):
    length, half = x.size(-2), x.size(-1) // 2
    c, s = cos[:length, :half].to(x.dtype), sin[:length, half:].to(x.dtype)
    matrix = torch.stack([torch.stack([c, -s], -1), torch.stack([s, c], -1)], -2)  # (T, D/2, 2, 2)
    pairs = x.unflatten(-1, (2, half))  # (B, H, T, 2, D/2)
    return torch.einsum("tpij,bhtjp->bhtip", matrix, pairs).flatten(-2)
