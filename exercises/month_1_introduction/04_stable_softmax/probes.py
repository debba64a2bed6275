"""What is asked of a softmax."""

import torch

from grader.probing import Int, Ints, numbers
from grader.subject import Subject

APART = [[1000.0, 1001.0, 1002.0], [-1000.0, -1001.0, -1002.0], [0.0, 1.0, 2.0]]


def scores(*shape, dtype=torch.float32):
    return numbers(*shape, seed="scores", dtype=dtype) * 2


def example(impl):
    """The task's example."""
    return impl.softmax(torch.tensor([1.0, 2.0, 3.0]))


def output(impl, rows: Int[1, 4] = 3, columns: Int[1, 5] = 3):
    """The probabilities of a table of scores."""
    return impl.softmax(scores(rows, columns))


def any_scores(impl, row: Ints[1, 8, -10000, 10000] = (1, 2, 3), shift: Int[-10000, 10000] = 0):
    """The probabilities of any scores, in a row, and of the same scores shifted."""
    scores = torch.tensor(row, dtype=torch.float32)
    return impl.softmax(torch.stack([scores, scores + shift]))


def stacked(impl):
    """Three dimensions, with dim left out."""
    return impl.softmax(scores(3, 3, 3))


def along(impl, dim: Int[-3, 2] = 0):
    """Three dimensions of different sizes, along one of them."""
    return impl.softmax(scores(2, 3, 4), dim=dim)


def huge(impl):
    """Scores whose exponentials no computer can hold."""
    return impl.softmax(torch.tensor([10_000.0, 9_999.0, -10_000.0]))


def tiny(impl):
    """Scores whose exponentials are all 0 to a computer."""
    return impl.softmax(torch.tensor([-10_000.0, -9_999.0]))


def hundred_apart(impl):
    """A hundred apart: more than the exponential of a 32-bit number bears, but not half of it."""
    return impl.softmax(torch.tensor([[100.0, 0.0]]))


def far_apart(impl):
    """Rows that lie far apart: each needs its own largest score."""
    return impl.softmax(torch.tensor(APART))


general = Subject(lambda impl: impl.softmax, scores(2, 3), scores(4, 3) + 1, scores(1, 5), scores(2, 2, 3))
