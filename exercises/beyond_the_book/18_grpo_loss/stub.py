import torch


def group_advantages(rewards):
    """Returns how much better each completion is than its group, in standard deviations: (G,).

    rewards: (G,), the rewards of G ≥ 2 completions of one prompt
    """
    raise NotImplementedError


def grpo_loss(logps, old_logps, ref_logps, advantages, mask, clip=0.2, beta=0.0):
    """Returns the loss of G completions of one prompt, a scalar tensor with gradients for logps only.

    logps, old_logps, ref_logps: (G, T), log-probabilities of the tokens under three models
    advantages: (G,), one number per completion
    mask: (G, T), True for the tokens of the completions, False for prompt and padding
    """
    raise NotImplementedError
