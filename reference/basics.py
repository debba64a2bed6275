"""Basic functions of neural networks, written out in full (book, appendix A).

Shapes: N examples, F features, C classes; "…" stands for any number of dimensions.
"""

from __future__ import annotations

import torch


def softmax(x: torch.Tensor, dim: int = -1) -> torch.Tensor:
    """Converts scores to probabilities along `dim` without overflow. (…) -> (…). Book, sections 3.3 and A.5."""
    largest = x.amax(dim=dim, keepdim=True)  # keepdim lets it broadcast with x
    shifted = x - largest  # at most 0, so exp cannot overflow; softmax is unchanged
    exponentials = shifted.exp()
    total = exponentials.sum(dim=dim, keepdim=True)  # at least 1: the largest score gives exp(0)
    probabilities = exponentials / total
    return probabilities


def standardize(X: torch.Tensor, eps: float = 1e-8) -> torch.Tensor:
    """Shifts and scales each column to mean 0 and standard deviation 1. (N, F) -> (N, F)."""
    mean = X.mean(dim=0, keepdim=True)  # (1, F)
    centered = X - mean
    variance = (centered**2).mean(dim=0, keepdim=True)  # (1, F), biased: divides by N
    std = variance.sqrt() + eps  # eps makes a constant column 0 instead of NaN
    standardized = centered / std
    return standardized


def logistic_loss(x: torch.Tensor, w: torch.Tensor, b: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
    """The mean loss of a logistic regression, in nats. (N, F), (F,), (), (N,) -> (). Book, section A.3."""
    logits = x @ w + b  # (N,)
    products = logits * y  # (N,), the logit if the label is 1, otherwise 0
    # ln(e^z + e^0), computed relative to the larger exponent to prevent overflow
    softplus = torch.logaddexp(logits, torch.zeros_like(logits))  # (N,)
    losses = softplus - products  # (N,)
    loss = losses.mean()
    return loss


def cross_entropy(logits: torch.Tensor, targets: torch.Tensor, ignore_index: int = -100) -> torch.Tensor:
    """The mean of −ln p(target) over the examples, in nats. (N, C), (N,) -> ().

    Ignores examples whose target is ignore_index. Book, sections A.7 and 5.1.2.
    """
    counted = targets != ignore_index  # (N,), True for M examples
    counted_logits = logits[counted]  # (M, C)
    counted_targets = targets[counted]  # (M,)
    target_logits = counted_logits.gather(-1, counted_targets.unsqueeze(-1)).squeeze(-1)  # (M,)
    log_totals = counted_logits.logsumexp(dim=-1)  # (M,), ln Σ exp(logit), computed without overflow
    losses = log_totals - target_logits  # −ln softmax(logits)[target]
    loss = losses.mean()
    return loss
