"""Processes blocks of queries too, and skips blocks of later keys."""

import math

import torch


def one_block(q, first, k, v, block_size, causal):
    m = torch.full(q.shape[:-1], -torch.inf, dtype=q.dtype, device=q.device)
    total = torch.zeros_like(m)
    acc = torch.zeros_like(q)
    rows = torch.arange(first, first + q.shape[-2], device=q.device)
    for j in range(0, k.shape[-2], block_size):
        if causal and j > first + q.shape[-2] - 1:
            break
        s = torch.einsum("...td,...sd->...ts", q, k[..., j : j + block_size, :])
        if causal:
            columns = torch.arange(j, j + s.shape[-1], device=q.device)
            s = torch.where(columns[None] <= rows[:, None], s, -torch.inf)
        new_m = torch.max(m, s.max(dim=-1).values)
        p = torch.exp(s - new_m.unsqueeze(-1))
        alpha = torch.exp(m - new_m)
        total = total * alpha + p.sum(-1)
        acc = acc * alpha.unsqueeze(-1) + p @ v[..., j : j + block_size, :]
        m = new_m
    return acc / total.unsqueeze(-1)


def flash_attention(q, k, v, block_size, causal=True):
    q = q / math.sqrt(q.shape[-1])
    parts = q.split(block_size, dim=-2)
    return torch.cat(
        [one_block(part, i * block_size, k, v, block_size, causal) for i, part in enumerate(parts)], dim=-2
    )
