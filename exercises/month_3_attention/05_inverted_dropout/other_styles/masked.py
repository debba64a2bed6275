"""A copy, with zeros written where luck wants it."""

import torch


def make_mask(shape, p, device):
    return torch.rand(shape, device=device) < p


def dropout(x, p, training):
    if training is False:
        return x.clone()
    out = x.clone() * (1 / (1 - p))
    lost = make_mask(x.shape, p, x.device)
    return torch.where(lost, torch.zeros_like(out), out)
