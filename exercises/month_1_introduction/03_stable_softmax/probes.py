"""Probes for `softmax`."""

import torch

from exercises.kit import CommonProbes, Int, Ints, numbers


def scores(*shape, dtype=torch.float32):
    return numbers(*shape, seed="scores", dtype=dtype) * 2


def example(impl):
    """The worked example."""
    return impl.softmax(torch.tensor([1.0, 2.0, 3.0]))


def output(impl, rows: Int[1, 4] = 3, columns: Int[1, 5] = 3):
    """The probabilities for a matrix of random scores."""
    return impl.softmax(scores(rows, columns))


def any_scores(impl, row: Ints[1, 8, -10000, 10000] = (1, 2, 3), shift: Int[-10000, 10000] = 0):
    """The probabilities for the given scores, and for the same scores plus `shift`."""
    scores = torch.tensor(row, dtype=torch.float32)
    return impl.softmax(torch.stack([scores, scores + shift]))


def stacked(impl):
    """The probabilities for a 3-dimensional tensor, with the default dim."""
    return impl.softmax(scores(3, 3, 3))


def along(impl, dim: Int[-3, 2] = 0):
    """The probabilities for a (2, 3, 4) tensor along dim."""
    return impl.softmax(scores(2, 3, 4), dim=dim)


def huge(impl, row=(10_000.0, 9_999.0, -10_000.0)):
    """Scores whose exponentials overflow, or all underflow to 0."""
    return impl.softmax(torch.tensor(row))


def far_apart(impl):
    """Rows of very different size, together and each by itself."""
    rows = torch.tensor([[1000.0, 1001.0, 1002.0], [-1000.0, -1001.0, -1002.0], [0.0, 1.0, 2.0]])
    return {"together": impl.softmax(rows), "alone": torch.cat([impl.softmax(row) for row in rows.split(1)])}


common = CommonProbes(
    lambda impl: impl.softmax, scores(2, 3), scores(4, 3) + 1, scores(1, 5), scores(2, 2, 3), dtypes=("float64",)
)
