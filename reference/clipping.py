"""Gradient clipping by the norm of all gradients together (book, appendix D.3)."""

from __future__ import annotations

from collections.abc import Iterable

import torch


def clip_grad_norm(params: Iterable[torch.Tensor], max_norm: float, eps: float = 1e-6) -> torch.Tensor:
    """Scales all gradients in place by one factor, so that their norm is at most max_norm.

    The norm is that of all gradients as one vector. Parameters without a gradient are left out. Returns the norm
    before clipping, a scalar tensor. Book, appendix D.3; Pascanu et al., 2013.
    """
    gradients = [p.grad for p in params if p.grad is not None]  # params may be a generator: one pass only
    if not gradients:
        return torch.zeros(())
    squares = [gradient.square().sum() for gradient in gradients]
    norm = torch.stack(squares).sum().sqrt()
    coefficient = (max_norm / (norm + eps)).clamp(max=1.0)  # never above 1, which would enlarge the gradients
    for gradient in gradients:
        gradient.mul_(coefficient)
    return norm
