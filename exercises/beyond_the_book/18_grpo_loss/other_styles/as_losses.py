"""Losses in place of objectives: the larger of two negative products, and the divergence is added."""

import torch


def group_advantages(rewards):
    centered = rewards - rewards.mean()
    return centered.div(rewards.std() + 1e-4)


def grpo_loss(logps, old_logps, ref_logps, advantages, mask, clip=0.2, beta=0.0):
    with torch.no_grad():
        weight = mask.to(logps.dtype)
        weight = weight / weight.sum(1, keepdim=True) / len(mask)
        a = advantages[:, None]
    ratio = (logps - old_logps.detach()).exp()
    losses = torch.max(-a * ratio, -a * ratio.clamp(1.0 - clip, 1.0 + clip))
    if beta != 0:
        log_ratio = ref_logps.detach() - logps
        losses = losses + beta * (torch.expm1(log_ratio) - log_ratio)
    return torch.einsum("gt,gt->", losses, weight)
