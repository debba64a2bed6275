"""The frequencies of drawn tokens in the checks of speculative: each mistake that they name is told from the others."""

import types

import torch

from exercises.checks import probes_source
from exercises.course import Course

DRAWS = 800  # as many as the probe counts


def test_each_mistake_is_told_by_its_frequencies(course: Course) -> None:
    probes = types.ModuleType("probes")
    exec(probes_source(course.exercise("speculative")), probes.__dict__)
    generator = torch.Generator().manual_seed(0)
    for name, shares in probes.ROUND_SHARES.items():
        for _ in range(20):
            tokens = torch.multinomial(shares, DRAWS, replacement=True, generator=generator)
            assert probes.best_fit(torch.bincount(tokens, minlength=4), probes.ROUND_SHARES) == name
