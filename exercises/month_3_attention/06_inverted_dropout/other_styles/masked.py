"""Copies x and sets random elements to 0."""

import torch


def make_mask(shape, p, device):
    return torch.rand(shape, device=device) < p


def dropout(x, p, training):
    if training is False:
        return x.clone()
    out = x.clone() * (1 / (1 - p))
    dropped = make_mask(x.shape, p, x.device)
    return torch.where(dropped, torch.zeros_like(out), out)
