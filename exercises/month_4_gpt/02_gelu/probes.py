"""Probes for GELU."""

import torch
from torch import nn

from exercises.kit import CommonProbes, Int, Ints, ProbeProblem, tokens


def gelu(impl):
    module = impl.GELU()
    if isinstance(module, nn.GELU):
        raise ProbeProblem(
            "Your GELU inherits from nn.GELU; it should be an nn.Module that computes the formula itself."
        )
    if not isinstance(module, nn.Module):
        raise ProbeProblem("Your GELU is not a torch.nn.Module; write `class GELU(nn.Module):`.")
    return module


def example(impl):
    """The example on the page."""
    return gelu(impl)(torch.tensor([-3.0, -1.0, -0.5, 0.0, 1.0, 3.0]))


def output(impl, batch: Int[1, 3] = 2, length: Int[1, 5] = 3, emb_dim: Int[1, 8] = 6):
    """The output for a batch."""
    return gelu(impl)(tokens(batch, length, emb_dim) * 2)


def any_numbers(impl, hundredths: Ints[1, 8, -1000, 1000] = (-400, -250, -75, 33, 180, 520)):
    """The output for numbers from -10 to 10."""
    return gelu(impl)(torch.tensor(hundredths, dtype=torch.float32) / 100)


def magnified(impl):
    """100 times the output for negative numbers, where small errors of the constants show."""
    return gelu(impl)(torch.tensor([-3.0, -2.5, -2.0, -1.5])) * 100


def large(impl):
    """The output for large numbers."""
    return gelu(impl)(torch.tensor([-1000.0, -20.0, 20.0, 1000.0]))


def other_shapes(impl):
    """The output for a single number, a vector and four dimensions."""
    module = gelu(impl)
    return [module(x) for x in (torch.tensor(-0.7), tokens(5), tokens(2, 3, 2, 4))]


def by_name(impl):
    """The output with x passed by name."""
    return gelu(impl)(x=tokens(2, 3))


common = CommonProbes(gelu, tokens(2, 4, 6) * 2, tokens(3, 5, 6), tokens(1, 2, 6) * 4, tokens(4, 6))
