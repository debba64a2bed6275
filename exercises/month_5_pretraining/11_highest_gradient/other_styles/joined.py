"""Joins all gradients in one tensor."""

import torch


def find_highest_gradient(model):
    gradients = [p.grad.reshape(-1) for _, p in model.named_parameters() if isinstance(p.grad, torch.Tensor)]
    return torch.cat(gradients).amax() if gradients else None
