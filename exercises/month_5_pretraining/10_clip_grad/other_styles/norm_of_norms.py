"""The norm of the norms, as torch computes it."""

import torch


@torch.no_grad()
def clip_grad_norm(params, max_norm, eps=1e-6):
    grads = []
    for param in params:
        if param.grad is None:
            continue
        grads.append(param.grad)
    norms = torch.stack([torch.norm(g, 2) for g in grads])
    total_norm = torch.norm(norms, 2)
    coef = torch.clamp(float(max_norm) / (total_norm + eps), max=1.0)
    for g in grads:
        g.data.mul_(coef.to(g.device))
    return total_norm
