"""What is asked of a standardize."""

import torch

from grader.probing import Int, ProbeProblem, numbers, repeats, untouched


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
    return impl.standardize(data(5, 3) * 1e-2)


def large_eps(impl, eps=0.0):
    """With eps given by name."""
    return impl.standardize(data(5, 3), eps=eps)


def in_double(impl):
    """In double precision."""
    return impl.standardize(data(4, 2, dtype=torch.float64))


def left_alone(impl):
    """Whether the data is as it was after the call."""
    return untouched(data(4, 3), impl.standardize)


def gradient(impl):
    """What flows back to the data."""
    X = data(4, 3).requires_grad_()
    result = impl.standardize(X)
    if not getattr(result, "requires_grad", False):
        raise ProbeProblem("No gradient can flow back through your result: a step is cut off (detach, item, no_grad).")
    (result * numbers(4, 3, seed="upstream")).sum().backward()
    return X.grad


def repeated(impl):
    """Two calls alike with another between them."""
    return repeats(impl.standardize, data(4, 3), data(6, 3) * 2 + 1)


def on_meta(impl):
    """On another device."""
    return impl.standardize(torch.empty(4, 3, device="meta"))
