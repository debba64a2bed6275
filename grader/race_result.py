"""The result of a race: the learner's figures beside the reference's, and their ratio with its spread."""

from __future__ import annotations

import math
from collections.abc import Sequence

import msgspec

CONFIDENCE = 0.95
# Ratios this close to 1 are ties, however small their spread is. Twenty races of the same source lay between 0.99 and
# 1.02 beside eighteen busy processes on two cores (benchmarks/races.py).
TIE = 0.03
NOISY = 0.25  # a spread this large, relative to the ratio, is said


class Ratio(msgspec.Struct, frozen=True):
    """The median of yours / reference over the rounds, and an interval that contains the true median with a
    probability of 95 %, whatever the distribution is."""

    median: float
    low: float
    high: float

    @property
    def is_tie(self) -> bool:
        return self.low <= 1.0 <= self.high or abs(self.median - 1.0) <= TIE

    @property
    def spread(self) -> float:
        return (self.high - self.low) / self.median if self.median else math.inf

    @property
    def is_noisy(self) -> bool:
        return self.spread > NOISY


class Figure(msgspec.Struct, frozen=True):
    """One quantity: "time" in CPU seconds, "memory" in bytes, or "loss" in nats per token. `yours` and `reference` are
    the values of the rounds."""

    quantity: str
    yours: list[float]
    reference: list[float]
    ratio: Ratio


class RaceResult(msgspec.Struct, frozen=True):
    """A race of `rounds` rounds on `task`. `invalid` says why the entry does not count; then there are no figures.
    `clock` is "cpu", or "wall" where the system cannot tell another process's CPU time."""

    exercise: str
    task: str
    rounds: int
    figures: list[Figure] = []
    invalid: str = ""
    clock: str = "cpu"


def figure(quantity: str, yours: Sequence[float], reference: Sequence[float]) -> Figure:
    """Returns the figure of two columns of values, one of each round."""
    ratios = [own / other for own, other in zip(yours, reference, strict=True)]
    return Figure(quantity, [*yours], [*reference], ratio_of(ratios))


def ratio_of(ratios: Sequence[float]) -> Ratio:
    """Returns the median of ratios with its confidence interval.

    The interval is between two order statistics, by the binomial distribution of how many values lie below the true
    median (W. J. Conover, Practical Nonparametric Statistics, section 3.2). With fewer than six values it is the range.
    """
    ordered, count = sorted(ratios), len(ratios)
    below = 0
    probability = 2 * 0.5**count
    while below < (count - 1) // 2 and probability <= 1 - CONFIDENCE:
        below += 1
        probability += 2 * math.comb(count, below) * 0.5**count
    first = max(below - 1, 0)
    middle = (ordered[(count - 1) // 2] + ordered[count // 2]) / 2
    return Ratio(middle, ordered[first], ordered[count - 1 - first])


def rating(ratio: Ratio) -> str:
    """Says how the learner's code compares, such as "a tie, 1.01 (0.97 to 1.04)"."""
    interval = f"({ratio.low:.2f} to {ratio.high:.2f})"
    return f"a tie, {ratio.median:.2f} {interval}" if ratio.is_tie else f"{ratio.median:.2f} times {interval}"
