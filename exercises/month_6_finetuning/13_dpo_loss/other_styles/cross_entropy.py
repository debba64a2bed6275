"""Uses F.cross_entropy and F.softplus, and the rewards for the loss."""

import torch
import torch.nn.functional as F


def compute_logprobs(logits, labels, selection_mask=None):
    nats = F.cross_entropy(logits[:, :-1].transpose(1, 2), labels[:, 1:], reduction="none")
    if selection_mask is None:
        selection_mask = torch.ones_like(labels)
    weights = selection_mask[:, 1:].to(nats.dtype)
    return -(nats * weights).sum(1).div(weights.sum(1))


def compute_dpo_loss(
    model_chosen_logprobs, model_rejected_logprobs, reference_chosen_logprobs, reference_rejected_logprobs, beta=0.1
):
    chosen = model_chosen_logprobs - reference_chosen_logprobs.detach()
    rejected = model_rejected_logprobs - reference_rejected_logprobs.detach()
    loss = F.softplus(-beta * (chosen - rejected)).mean()
    with torch.no_grad():
        return loss, chosen.mean(), rejected.mean()
