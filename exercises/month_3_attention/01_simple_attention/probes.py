"""Probes for simple_attention."""

import torch

from exercises.kit import CommonProbes, Int, ProbeProblem, tokens


def both(impl, x):
    result = impl.simple_attention(x)
    pair = isinstance(result, tuple | list) and len(result) == 2
    if not pair or not all(isinstance(part, torch.Tensor) for part in result):
        raise ProbeProblem("simple_attention should return two tensors: return context, weights.")
    return {"context": result[0], "weights": result[1]}


def example(impl):
    """The example on the page."""
    return both(impl, torch.tensor([[1.0, 0.0], [0.0, 1.0], [1.0, 1.0]]))


def output(impl, length: Int[2, 6] = 5, width: Int[1, 7] = 4):
    """The context and the weights for one sequence."""
    return both(impl, tokens(length, width))


def alone(impl):
    """The context and the weights for a sequence of one token."""
    return both(impl, tokens(1, 3))


common = CommonProbes(lambda impl: lambda x: both(impl, x), tokens(4, 3), tokens(6, 3) + 1, tokens(1, 3), tokens(5, 2))
