"""Generates additions and subtractions with their solutions, reproducibly for a given seed.

A solution is worked out step by step, or gives the answer at once. Texts of people have both, and a model that is
trained on them writes both.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from typing import NamedTuple

TERMS = (5, 6)
LARGEST_FIRST, LARGEST_TERM, LARGEST_TOTAL = 60, 9, 99
WORKED = 0.4  # the share of solutions with steps


class Sum(NamedTuple):
    """A problem such as "17+8-5-9=", its answer "11", and the steps "25-5-9=" and "20-9="."""

    problem: str
    answer: str
    steps: tuple[str, ...]

    @property
    def worked(self) -> str:
        """The solution in which each step computes the first two terms of the one before."""
        return "".join([*self.steps, self.at_once])

    @property
    def at_once(self) -> str:
        """The solution without steps."""
        return f"\\boxed{{{self.answer}}}"


def sums(seed: int = 0) -> Iterator[Sum]:
    """Yields problems without end. No total on the way is below 0."""
    rng = random.Random(seed)
    while True:
        total = rng.randint(1, LARGEST_FIRST)
        totals, terms = [total], []
        for _ in range(rng.choice(TERMS) - 1):
            lowest, highest = -min(total, LARGEST_TERM), min(LARGEST_TOTAL - total, LARGEST_TERM)
            term = rng.choice([value for value in range(lowest, highest + 1) if value])
            terms.append(f"{term:+d}")
            total += term
            totals.append(total)
        steps = [f"{value}{''.join(terms[place:])}=" for place, value in enumerate(totals)]
        yield Sum(steps[0], str(total), tuple(steps[1:-1]))


def solved_sums(size: int, seed: int = 0) -> str:
    """Returns problems with solutions, each followed by an empty line, of at least `size` characters in total."""
    rng = random.Random(f"solutions {seed}")
    parts, length = [], 0
    for example in sums(seed):
        if length >= size:
            break
        solution = example.worked if rng.random() < WORKED else example.at_once
        parts.append(f"{example.problem}{solution}\n\n")
        length += len(parts[-1])
    return "".join(parts)
