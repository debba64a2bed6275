"""Loops over the texts and indexes their tokens."""

import torch


def compute_logprobs(logits, labels, selection_mask=None):
    means = []
    for row in range(len(labels)):
        scores, ids = logits[row, :-1], labels[row, 1:]
        values = scores[torch.arange(len(ids)), ids] - torch.logsumexp(scores, dim=-1)
        if selection_mask is None:
            means.append(values.mean())
        else:
            keep = selection_mask[row, 1:] != 0
            means.append(torch.where(keep, values, 0).sum() / keep.sum())
    return torch.stack(means)


def compute_dpo_loss(model_chosen_logprobs, model_rejected_logprobs, reference_chosen_logprobs,
                     reference_rejected_logprobs, beta=0.1):  # fmt: skip
    pairs = zip(model_chosen_logprobs, model_rejected_logprobs, reference_chosen_logprobs,
                reference_rejected_logprobs, strict=True)  # fmt: skip
    losses, better, worse = zip(
        *[(torch.nn.functional.softplus(beta * ((mr - rr) - (mc - rc))), mc - rc, mr - rr) for mc, mr, rc, rr in pairs],
        strict=True,
    )
    return [torch.stack(losses).mean(), torch.stack(better).mean().detach(), torch.stack(worse).mean().detach()]
