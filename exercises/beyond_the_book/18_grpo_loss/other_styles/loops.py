"""Loops over completions and tokens, with Python's numbers for what is constant."""

import math

import torch


def group_advantages(rewards):
    values = rewards.tolist()
    mean = sum(values) / len(values)
    deviation = math.sqrt(sum((value - mean) ** 2 for value in values) / (len(values) - 1))
    return torch.stack([(reward - mean) / (deviation + 1e-4) for reward in rewards])


def grpo_loss(logps, old_logps, ref_logps, advantages, mask, clip=0.2, beta=0.0):
    means = []
    for row in range(len(logps)):
        a = advantages[row].detach()
        objectives = []
        for t in range(logps.shape[1]):
            if not mask[row, t]:
                continue
            ratio = (logps[row, t] - old_logps[row, t].detach()).exp()
            if a >= 0:
                value = a * ratio.clamp(max=1 + clip)
            else:
                value = a * ratio.clamp(min=1 - clip)
            gap = ref_logps[row, t].detach() - logps[row, t]
            objectives.append(value - beta * (gap.exp() - gap - 1))
        means.append(sum(objectives) / len(objectives))
    return -sum(means) / len(means)
