"""Probes for score_statistics."""

import torch

from exercises.kit import CommonProbes, Int, ProbeProblem, numbers


def statistics(impl, queries, keys, scaled):
    result = impl.score_statistics(queries, keys, scaled)
    if not isinstance(result, tuple | list) or len(result) != 2:
        raise ProbeProblem("score_statistics should return two numbers: return variance, entropy.")
    return {"variance": result[0], "entropy": result[1]}


def example(impl, scaled=False):
    """The example on the page."""
    return statistics(impl, torch.ones(1, 4), torch.tensor([[1.0] * 4, [0.0] * 4]), scaled)


def output(impl, queries: Int[1, 5] = 4, keys: Int[2, 6] = 5, width: Int[1, 9] = 3, scaled: Int[0, 1] = 1):
    """The statistics of random queries and keys."""
    q, k = numbers(queries, width, seed="queries"), numbers(keys, width, seed="keys")
    return statistics(impl, q, k, bool(scaled))


def large(impl):
    """The statistics of scores so large that some weights are 0."""
    return statistics(impl, numbers(4, 8, seed="queries") * 100, numbers(5, 8, seed="keys"), False)


common = CommonProbes(
    lambda impl: lambda q, k: statistics(impl, q, k, True),
    (numbers(4, 3, seed="queries"), numbers(5, 3, seed="keys")),
    (numbers(2, 6, seed="queries"), numbers(7, 6, seed="keys")),
    (numbers(1, 3, seed="queries"), numbers(2, 3, seed="keys")),
)
