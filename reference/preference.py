"""Direct preference optimization, DPO (Rafailov et al., 2023; book, bonus material of chapter 7).

Shapes: batch size B, sequence length T, vocabulary size V.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F


def compute_logprobs(
    logits: torch.Tensor, labels: torch.Tensor, selection_mask: torch.Tensor | None = None
) -> torch.Tensor:
    """Returns the mean log-probability of the selected tokens of each text: (B,).

    logits: (B, T, V), the model's output for the texts
    labels: (B, T), the ids of the same texts, not shifted
    selection_mask: (B, T), True for the tokens that count; None selects all
    The first token has no prediction, so it never counts.
    """
    predictions = logits[:, :-1]  # position t predicts token t + 1
    next_tokens = labels[:, 1:]
    log_probs = F.log_softmax(predictions, dim=-1)
    token_log_probs = log_probs.gather(-1, next_tokens.unsqueeze(-1)).squeeze(-1)  # (B, T - 1)
    if selection_mask is None:
        return token_log_probs.mean(dim=-1)
    mask = selection_mask[:, 1:]
    selected = token_log_probs * mask
    return selected.sum(dim=-1) / mask.sum(dim=-1)


def compute_dpo_loss(
    model_chosen_logprobs: torch.Tensor,
    model_rejected_logprobs: torch.Tensor,
    reference_chosen_logprobs: torch.Tensor,
    reference_rejected_logprobs: torch.Tensor,
    beta: float = 0.1,
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Returns the DPO loss and the mean rewards of the chosen and the rejected responses, scalars. Equation 7.

    The arguments are log-probabilities, (B,) each. The rewards are detached, and not multiplied by beta.
    """
    model_logratios = model_chosen_logprobs - model_rejected_logprobs
    reference_logratios = reference_chosen_logprobs - reference_rejected_logprobs
    logits = model_logratios - reference_logratios
    losses = -F.logsigmoid(beta * logits)
    chosen_rewards = (model_chosen_logprobs - reference_chosen_logprobs).detach()
    rejected_rewards = (model_rejected_logprobs - reference_rejected_logprobs).detach()
    return losses.mean(), chosen_rewards.mean(), rejected_rewards.mean()
