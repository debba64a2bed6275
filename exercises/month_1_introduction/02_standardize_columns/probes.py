"""Probes for `standardize`."""

import torch

from exercises.kit import CommonProbes, Int, Ints, numbers


def data(n, features, dtype=torch.float32):
    """A table whose columns have different scales and means."""
    scales = torch.arange(1, features + 1, dtype=torch.float32)
    return (numbers(n, features, seed="data") * scales + 3 * scales - 5).to(dtype)


def example(impl):
    """The worked example."""
    return impl.standardize(torch.tensor([[1.0, 100.0], [3.0, 200.0], [5.0, 300.0]]))


def output(impl, rows: Int[2, 7] = 5, features: Int[1, 6] = 3):
    """A standardized table of random numbers."""
    return impl.standardize(data(rows, features))


def any_column(impl, column: Ints[1, 8, -1000, 1000] = (1, 3, 5)):
    """A table of two columns: the given numbers, and the same numbers in reverse order."""
    table = torch.tensor([column, column[::-1]], dtype=torch.float32)
    return impl.standardize(table.T.contiguous())


def square(impl):
    """A square table, for which a wrong dimension raises no error."""
    return impl.standardize(data(4, 4))


def constant(impl):
    """A table whose first column is constant; its mean is exact in floating point."""
    return impl.standardize(torch.tensor([[2.0, 1.0], [2.0, 0.0], [2.0, -4.0], [2.0, 3.0]]))


def one_row(impl):
    """A single row, so that every column is constant."""
    return impl.standardize(torch.tensor([[4.0, -2.0, 0.5]]))


def small(impl):
    """Numbers so small that a large eps would change the result."""
    return impl.standardize(data(5, 3) * 3e-3)


def large_eps(impl, eps=0.0):
    """A standardized table, with eps passed by keyword."""
    return impl.standardize(data(5, 3), eps=eps)


common = CommonProbes(
    lambda impl: impl.standardize, data(4, 3), data(6, 3) * 2 + 1, data(2, 5), data(1, 2), dtypes=("float64",)
)
