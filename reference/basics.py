"""Small functions that everything later stands on, each written out once (book, appendix A).

Shapes: N examples of C classes; "…" stands for any number of leading dimensions.
"""

from __future__ import annotations

import torch


def softmax(x: torch.Tensor, dim: int = -1) -> torch.Tensor:
    """Scores to probabilities along `dim`, for scores of any size. (…) -> (…). Book, section A.5."""
    largest = x.amax(dim=dim, keepdim=True)  # one for each row, so that it lines up with x
    shifted = x - largest  # at most 0, so exp cannot overflow; the result is the same
    exponentials = shifted.exp()
    total = exponentials.sum(dim=dim, keepdim=True)  # at least 1: the largest score gives exp(0)
    probabilities = exponentials / total
    return probabilities


def standardize(X: torch.Tensor, eps: float = 1e-8) -> torch.Tensor:
    """Each column shifted to mean 0 and scaled to standard deviation 1. (N, F) → (N, F). Book, section A.6."""
    mean = X.mean(dim=0, keepdim=True)  # (1, F)
    centered = X - mean
    variance = (centered**2).mean(dim=0, keepdim=True)  # (1, F), biased: divided by N, not N − 1
    std = variance.sqrt() + eps  # never 0, so that a constant column becomes zeros instead of NaN
    standardized = centered / std
    return standardized


def logistic_loss(x: torch.Tensor, w: torch.Tensor, b: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
    """Mean −ln p of the right answers of a logistic regression. (N, D), (D,), (), (N,) → (). Book, section A.3."""
    logits = x @ w + b  # (N,)
    products = logits * y  # (N,), a logit where the answer is 1
    # ln(e^z + e^0), worked out around the larger of the two, so that no exponential can overflow
    softplus = torch.logaddexp(logits, torch.zeros_like(logits))  # (N,)
    losses = softplus - products  # (N,)
    loss = losses.mean()
    return loss


def cross_entropy(logits: torch.Tensor, targets: torch.Tensor, ignore_index: int = -100) -> torch.Tensor:
    """How surprised the model is by the right classes, on average, in nats. (N, C), (N,) → ().

    Targets equal to ignore_index do not count. Book, sections A.7 and 5.1.
    """
    counted = targets != ignore_index  # (N,), true for M of them
    counted_logits = logits[counted]  # (M, C)
    counted_targets = targets[counted]  # (M,)
    target_logits = counted_logits.gather(-1, counted_targets.unsqueeze(-1)).squeeze(-1)  # (M,)
    log_totals = counted_logits.logsumexp(dim=-1)  # (M,), ln Σ exp without ever holding a huge exp
    losses = log_totals - target_logits  # −ln softmax of the target, written without the softmax
    loss = losses.mean()
    return loss
