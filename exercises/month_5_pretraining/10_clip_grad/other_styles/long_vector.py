"""Concatenates all gradients to one vector, and assigns new gradients."""

import torch


def clip_grad_norm(params, max_norm, eps=1e-6):
    with_gradient = [p for p in params if p.grad is not None]
    vector = torch.cat([p.grad.detach().reshape(-1) for p in with_gradient])
    total_norm = torch.linalg.vector_norm(vector)
    if total_norm > max_norm:
        for p in with_gradient:
            p.grad = p.grad * (max_norm / (total_norm + eps))
    return total_norm
