"""What is asked of a standardize."""

import torch

from grader.probing import Int, Ints, numbers
from grader.subject import Subject


def data(n, features, dtype=torch.float32):
    """Columns on different scales and around different means."""
    scales = torch.arange(1, features + 1, dtype=torch.float32)
    return (numbers(n, features, seed="data") * scales + 3 * scales - 5).to(dtype)


def example(impl):
    """The task's example."""
    return impl.standardize(torch.tensor([[1.0, 100.0], [3.0, 200.0], [5.0, 300.0]]))


def output(impl, rows: Int[2, 7] = 5, features: Int[1, 6] = 3):
    """A table of numbers, standardized."""
    return impl.standardize(data(rows, features))


def any_column(impl, column: Ints[1, 8, -1000, 1000] = (1, 3, 5)):
    """A column of any numbers, beside one that has them the other way round."""
    table = torch.tensor([column, column[::-1]], dtype=torch.float32)
    return impl.standardize(table.T.contiguous())


def square(impl):
    """As many rows as columns, so that a wrong dimension raises nothing."""
    return impl.standardize(data(4, 4))


def constant(impl):
    """A column whose numbers are all the same, exactly as large as their mean."""
    return impl.standardize(torch.tensor([[2.0, 1.0], [2.0, 0.0], [2.0, -4.0], [2.0, 3.0]]))


def one_row(impl):
    """A single example: every column is constant."""
    return impl.standardize(torch.tensor([[4.0, -2.0, 0.5]]))


def small(impl):
    """Numbers so small that eps must be small too."""
    return impl.standardize(data(5, 3) * 3e-3)


def large_eps(impl, eps=0.0):
    """With eps given by name."""
    return impl.standardize(data(5, 3), eps=eps)


general = Subject(lambda impl: impl.standardize, data(4, 3), data(6, 3) * 2 + 1, data(2, 5), data(1, 2))
