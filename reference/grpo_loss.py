"""Group relative policy optimization, the loss (Shao et al., 2024, arXiv:2402.03300).

Shapes: G completions of one prompt in a group, T predicted tokens.
"""

from __future__ import annotations

import torch

EPSILON = 1e-4  # keeps equal rewards, whose standard deviation is 0, from dividing by zero


def group_advantages(rewards: torch.Tensor) -> torch.Tensor:
    """Returns how much better each completion is than its group, in standard deviations. (..., G) -> (..., G).

    The last dimension is the group, of at least two completions. The standard deviation is the unbiased one.
    """
    mean = rewards.mean(dim=-1, keepdim=True)
    deviation = rewards.std(dim=-1, keepdim=True)
    advantages = (rewards - mean) / (deviation + EPSILON)
    return advantages


def grpo_loss(
    logps: torch.Tensor,
    old_logps: torch.Tensor,
    ref_logps: torch.Tensor | None,
    advantages: torch.Tensor,
    mask: torch.Tensor,
    clip: float = 0.2,
    beta: float = 0.0,
) -> torch.Tensor:
    """Returns the loss of a batch of completions, a scalar that has gradients with respect to logps only.

    logps: (N, T), log-probabilities of the tokens under the model that is trained
    old_logps: (N, T), the same under the model that wrote the completions
    ref_logps: (N, T), the same under the reference model; may be None if beta is 0
    advantages: (N,), one per completion
    mask: (N, T), True or 1 for the tokens of the completions, False or 0 for prompts and padding

    Equation 3 of the paper, with the estimate of the KL divergence of equation 4.
    """
    ratio = torch.exp(logps - old_logps.detach())  # (N, T)
    advantage = advantages.detach().unsqueeze(-1)  # (N, 1): the same for all tokens of a completion
    clipped_ratio = torch.clamp(ratio, 1 - clip, 1 + clip)
    objective = torch.minimum(ratio * advantage, clipped_ratio * advantage)
    if beta:
        assert ref_logps is not None
        difference = ref_logps.detach() - logps
        divergence = torch.exp(difference) - difference - 1  # never negative, and 0 where the models agree
        objective = objective - beta * divergence
    counted = mask.bool()
    kept = objective.masked_fill(~counted, 0.0)
    per_completion = kept.sum(dim=-1) / counted.sum(dim=-1).clamp(min=1)
    loss = -per_completion.mean()
    return loss
