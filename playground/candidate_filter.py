"""Probabilities of the next token under any temperature, top-k, top-p and min-p, from its logits. No torch.

The app recomputes them while a setting is turned, without the model. The order is that of
`playground/host/sampling.py`: temperature, top-k, then top-p and min-p on the same distribution.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Candidate:
    """A token's probability by the model alone, at the temperature, and of being drawn; 0 if a filter cut it.

    `cut_by` is "top-k", "top-p" or "min-p", the first filter that excludes the token, or empty.
    """

    raw: float
    tempered: float
    drawn: float
    cut_by: str


@dataclass(frozen=True)
class Filtered:
    """The candidates in the order of their logits; `tail_drawn` is the probability of drawing any other token.

    `kept` counts the tokens that can be drawn, tokens of the tail included.
    """

    candidates: list[Candidate]
    tail_drawn: float
    kept: int


def filter_candidates(
    logits: Sequence[float],
    tail: Sequence[tuple[float, int]] = (),
    temperature: float = 1.0,
    top_k: int | None = None,
    top_p: float | None = None,
    min_p: float | None = None,
) -> Filtered:
    """Applies the settings to logits in descending order and a tail of (logit, number of tokens), as CandidateLogits.

    A temperature of 0 takes the most probable token, whatever the filters say.
    """
    groups = [(logit, 1) for logit in logits] + list(tail)
    raw = _softmax(groups, 1.0)
    if temperature == 0:
        first = [Candidate(p, float(i == 0), float(i == 0), "") for i, p in enumerate(raw[: len(logits)])]
        return Filtered(first, 0.0, 1)
    tempered = _softmax(groups, temperature)
    kept = [count for _, count in groups]  # the number of tokens of each group that remain
    cut_by = [""] * len(groups)
    if top_k is not None:
        rank = 0
        for place, count in enumerate(kept):
            kept[place] = min(count, max(0, top_k - rank))
            cut_by[place] = "" if kept[place] else "top-k"
            rank += count
    mass = sum(probability * number for probability, number in zip(tempered, kept, strict=True))
    threshold = (min_p or 0.0) * tempered[0]
    preceding = 0.0  # the probability of all more probable tokens, among the top k
    for place, probability in enumerate(tempered):
        number, share = kept[place], probability / mass
        if number and top_p is not None:
            if preceding >= top_p:
                kept[place], cut_by[place] = 0, "top-p"
            elif number > 1 and share > 0:
                kept[place] = min(number, math.ceil((top_p - preceding) / share))
        if kept[place] and probability < threshold:
            kept[place], cut_by[place] = 0, "min-p"
        preceding += share * number
    mass = sum(probability * number for probability, number in zip(tempered, kept, strict=True))
    drawn = [probability * number / mass for probability, number in zip(tempered, kept, strict=True)]
    singles = range(len(logits))
    candidates = [Candidate(raw[i], tempered[i], drawn[i], cut_by[i]) for i in singles]
    return Filtered(candidates, sum(drawn[len(logits) :]), sum(kept))


def _softmax(groups: Sequence[tuple[float, int]], temperature: float) -> list[float]:
    """Returns the probability of one token of each group."""
    highest = max(logit for logit, _ in groups)
    weights = [math.exp((logit - highest) / temperature) for logit, _ in groups]
    total = sum(weight * count for weight, (_, count) in zip(weights, groups, strict=True))
    return [weight / total for weight in weights]
