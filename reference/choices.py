"""The likelihood of given answers, for multiple-choice tests (Brown et al., 2020, arXiv 2005.14165, section 2.4).

Shapes: text length T, vocabulary size V.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import torch
from torch import nn


class Encoder(Protocol):
    """A tokenizer."""

    def encode(self, text: str) -> list[int]: ...


@torch.no_grad()
def score_choices(model: nn.Module, tokenizer: Encoder, prompt: str, choices: Sequence[str]) -> list[dict[str, float]]:
    """Returns for each choice the log-likelihood of its tokens after the prompt, in all, per token and per byte.

    model: maps ids (1, T) to logits (1, T, V); it stays in its mode
    A space joins prompt and choice; it belongs to the choice's first token, but is no byte of the choice.
    """
    device = next(model.parameters()).device
    prompt_ids = tokenizer.encode(prompt)
    scores = []
    for choice in choices:
        choice_ids = tokenizer.encode(" " + choice)
        ids = torch.tensor(prompt_ids + choice_ids, device=device)
        log_probs = torch.log_softmax(model(ids[:-1][None])[0], dim=-1)  # (T - 1, V): row i predicts id i + 1
        first = len(prompt_ids) - 1  # the row that predicts the choice's first token
        chosen = log_probs[first:].gather(1, ids[first + 1 :, None])  # (tokens of the choice, 1)
        total = chosen.sum().item()
        size = len(choice.encode("utf-8"))
        scores.append({"total": total, "per_token": total / len(choice_ids), "per_byte": total / size})
    return scores
