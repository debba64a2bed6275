"""Beam search: keeps several continuations and returns the most likely one (Freitag and Al-Onaizan, 2017).

Shapes: sequence length T, vocabulary size V, number of new tokens n.
"""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import nn


class Hypothesis(NamedTuple):
    """A continuation of the prompt; ids (1, T + n) contain the prompt, total is the sum of log-probabilities."""

    ids: torch.Tensor
    total: float
    is_finished: bool


def beam_search(
    model: nn.Module,
    idx: torch.Tensor,
    max_new_tokens: int,
    beam: int,
    length_penalty: float,
    eos_id: int | None = None,
) -> torch.Tensor:
    """Returns the continuation with the best score that a beam search finds. (1, T) -> (1, T + n), n ≤ max_new_tokens.

    The score is Σ log p / n^length_penalty over the n new tokens; a continuation ends with eos_id, which counts as one
    of them. Wu et al., 2016, use a similar score.
    """
    prompt_length = idx.shape[1]

    def score(hypothesis: Hypothesis) -> float:
        new_length = hypothesis.ids.shape[1] - prompt_length
        return float(hypothesis.total / new_length**length_penalty)

    was_training = model.training
    model.eval()  # disables dropout
    beams = [Hypothesis(idx, 0.0, False)]
    for _ in range(max_new_tokens):
        candidates = [hypothesis for hypothesis in beams if hypothesis.is_finished]  # not extended any more
        for ids, total, is_finished in beams:
            if is_finished:
                continue
            with torch.no_grad():
                logits = model(ids)  # (1, T + n, V)
            log_probabilities = torch.log_softmax(logits[0, -1], dim=-1)  # (V,)
            best = torch.topk(log_probabilities, min(beam, len(log_probabilities)))  # no beam needs more of one parent
            for log_probability, token in zip(best.values, best.indices, strict=True):
                extended = torch.cat((ids, token.view(1, 1)), dim=1)
                new_total = total + log_probability.item()
                candidates.append(Hypothesis(extended, new_total, eos_id is not None and token.item() == eos_id))
        candidates.sort(key=score, reverse=True)
        beams = candidates[:beam]
    model.train(was_training)
    return beams[0].ids
