"""Perplexity of a language model on a long text (Jelinek et al., 1977; book, section 5.1.2).

Shapes: text length N, window length T, vocabulary size V.
"""

from __future__ import annotations

import math

import torch
import torch.nn.functional as F
from torch import nn


@torch.no_grad()  # evaluation needs no computation graph
def perplexity(model: nn.Module, ids: torch.Tensor, context_size: int, stride: int) -> float:
    """Returns exp(mean loss) over all tokens of ids (N,) except the first, each scored once.

    The window moves by stride ≤ context_size tokens. Where windows overlap, the later window uses the tokens that
    are already scored as context only.
    """
    was_training = model.training
    model.eval()
    last = len(ids) - 1
    total, scored = 0.0, 0  # ids[1] to ids[scored] have been scored
    for begin in range(0, last, stride):
        end = min(begin + context_size, last)
        inputs = ids[begin:end]  # (T,)
        targets = ids[begin + 1 : end + 1]  # (T,), the token after each input
        logits = model(inputs.unsqueeze(0)).squeeze(0)  # (T, V)
        losses = F.cross_entropy(logits, targets, reduction="none")  # (T,)
        new_losses = losses[scored - begin :]
        total += new_losses.sum().item()
        scored = end
        if scored == last:
            break
    model.train(was_training)
    return math.exp(total / scored)
