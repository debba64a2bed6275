"""Trains a model with a verifiable reward: group relative policy optimization, a step at a time.

Shao et al., 2024 (arXiv:2402.03300); DeepSeek-AI, 2025 (arXiv:2501.12948). Shapes: N completions in all, T tokens of
the longest, V tokens in the vocabulary.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import nn

from reference.answer_check import extract_final_candidate, grade_answer
from reference.grpo_loss import group_advantages, grpo_loss

Rollout = tuple[torch.Tensor, int, str]  # ids of prompt and completion (L,), the prompt's length, the completion's text
Sample = Callable[[nn.Module, str, int], Sequence[Rollout]]
Reward = Callable[[str, str], float]


def reward_rlvr(answer_text: str, ground_truth: str) -> float:
    r"""Returns 1.0 if the answer in \boxed{} is right, else 0.0, also for a text without a box."""
    candidate = extract_final_candidate(answer_text, fallback=None)
    return float(bool(candidate) and grade_answer(candidate, ground_truth))


def pad_rollouts(rollouts: Sequence[Rollout]) -> tuple[torch.Tensor, torch.Tensor]:
    """Returns the ids, (N, T), and the mask of their predicted tokens, (N, T - 1): True for the completions' tokens."""
    longest = max(len(ids) for ids, _, _ in rollouts)
    token_ids = torch.zeros(len(rollouts), longest, dtype=torch.long, device=rollouts[0][0].device)
    mask = torch.zeros(len(rollouts), longest - 1, dtype=torch.bool, device=token_ids.device)
    for row, (ids, prompt_len, _) in enumerate(rollouts):
        token_ids[row, : len(ids)] = ids
        mask[row, prompt_len - 1 : len(ids) - 1] = True  # position t predicts token t + 1
    return token_ids, mask


def token_logps(model: nn.Module, token_ids: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Returns the log-probability of each token after the first, and the entropy of its prediction: (N, T - 1) each."""
    log_probs = torch.log_softmax(model(token_ids)[:, :-1], dim=-1)  # (N, T - 1, V)
    logps = log_probs.gather(-1, token_ids[:, 1:].unsqueeze(-1)).squeeze(-1)
    entropies = -(log_probs.exp() * log_probs).sum(dim=-1)
    return logps, entropies


def grpo_step(
    model: nn.Module,
    ref_model: nn.Module,
    optimizer: torch.optim.Optimizer,
    problems: Sequence[dict[str, str]],
    sample: Sample,
    reward: Reward = reward_rlvr,
    num_rollouts: int = 8,
    inner_epochs: int = 1,
    clip: float = 0.2,
    beta: float = 0.0,
    max_norm: float = 1.0,
) -> dict[str, Any]:
    """Writes completions of the problems, rewards them, and adjusts the model `inner_epochs` times.

    Returns the means of the reward, the entropy and the KL divergence before the step, the last loss, and the rewards
    and completions by problem.
    """
    rollouts: list[Rollout] = []
    rewards, group_values = [], []
    for problem in problems:
        group = sample(model, problem["problem"], num_rollouts)
        group_rewards = [reward(text, problem["answer"]) for _, _, text in group]
        rollouts += group
        rewards.append(group_rewards)
        group_values.append(group_advantages(torch.tensor(group_rewards)))
    token_ids, mask = pad_rollouts(rollouts)
    advantages = torch.cat(group_values).to(token_ids.device)  # (N,)
    with torch.no_grad():
        old_logps, entropies = token_logps(model, token_ids)
        ref_logps, _ = token_logps(ref_model, token_ids)
    difference = ref_logps - old_logps
    divergence = torch.exp(difference) - difference - 1
    for _ in range(inner_epochs):
        logps, _ = token_logps(model, token_ids)
        loss = grpo_loss(logps, old_logps, ref_logps, advantages, mask, clip, beta)
        optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), max_norm)
        optimizer.step()
    return {
        "loss": loss.item(),
        "reward": sum(map(sum, rewards)) / len(rollouts),
        "entropy": entropies[mask].mean().item(),
        "kl": divergence[mask].mean().item(),
        "rewards": rewards,
        "completions": [
            [text for _, _, text in rollouts[start : start + num_rollouts]]
            for start in range(0, len(rollouts), num_rollouts)
        ],
    }
