"""Generates additions and subtractions with their solutions, reproducibly for a given seed.

A solution is worked out step by step, or gives the answer at once. Texts of people have both, and a model that is
trained on them writes both: the wrong answers are mostly those at once.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from typing import NamedTuple

TERMS = (3, 4)
LARGEST_TERM, LARGEST_TOTAL = 39, 99
WORKED = 0.35  # the share of solutions with steps


class Sum(NamedTuple):
    """A problem such as "17+8-5", its answer "20", and the steps "17+8=25" and "25-5=20"."""

    problem: str
    answer: str
    steps: tuple[str, ...]

    @property
    def worked(self) -> str:
        """The solution with its steps, each on a line of its own."""
        return "\n".join([*self.steps, self.at_once])

    @property
    def at_once(self) -> str:
        """The solution without steps."""
        return f"\\boxed{{{self.answer}}}"


def sums(seed: int = 0) -> Iterator[Sum]:
    """Yields problems without end. All totals are between 0 and 99."""
    rng = random.Random(seed)
    while True:
        total = rng.randint(1, LARGEST_TERM)
        problem, steps = str(total), []
        for _ in range(rng.choice(TERMS) - 1):
            lowest, highest = -min(total, LARGEST_TERM), min(LARGEST_TOTAL - total, LARGEST_TERM)
            term = rng.choice([value for value in range(lowest, highest + 1) if value])
            problem += f"{term:+d}"
            steps.append(f"{total}{term:+d}={total + term}")
            total += term
        yield Sum(problem, str(total), tuple(steps))


def solved_sums(size: int, seed: int = 0) -> str:
    """Returns problems with solutions, each followed by an empty line, of at least `size` characters in total."""
    rng = random.Random(f"solutions {seed}")
    parts, length = [], 0
    for example in sums(seed):
        if length >= size:
            break
        solution = example.worked if rng.random() < WORKED else example.at_once
        parts.append(f"{example.problem}\n{solution}\n\n")
        length += len(parts[-1])
    return "".join(parts)
