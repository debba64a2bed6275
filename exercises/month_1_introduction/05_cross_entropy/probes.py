"""What is asked of a cross_entropy."""

import torch

from grader.probing import Int, Ints, numbers, token_ids
from grader.subject import Subject


def scores(n, classes, dtype=torch.float32):
    return numbers(n, classes, seed="logits", dtype=dtype) * 2


def table(*rows):
    return torch.tensor(rows, dtype=torch.float32)


def example(impl):
    """The task's example."""
    return impl.cross_entropy(table([2, 1, 0], [0, 0, 0], [1, 5, 0]), torch.tensor([0, 2, -100]))


def output(impl, examples: Int[1, 6] = 5, classes: Int[2, 6] = 3):
    """The loss of some examples, none of them ignored."""
    return impl.cross_entropy(scores(examples, classes), token_ids(examples, vocab_size=classes))


def any_scores(impl, row: Ints[2, 8, -10000, 10000] = (2, 1, 0), target: Int[0, 7] = 0):
    """The loss of one example with any scores; a target beyond the last class begins again at the first."""
    return impl.cross_entropy(table(row), torch.tensor([target % len(row)]))


def square(impl):
    """As many examples as classes, so that a wrong dimension raises nothing."""
    return impl.cross_entropy(scores(4, 4), torch.tensor([3, 0, 0, 1]))


def ignored(impl, number: Int[0, 4] = 2):
    """Five examples, some of which do not count."""
    targets = torch.tensor([1, 2, 0, 1, 2])
    targets[[3, 0, 4, 1][:number]] = -100
    return impl.cross_entropy(scores(5, 3), targets)


def ignoring(impl, index=0):
    """Another number marks what does not count."""
    return impl.cross_entropy(scores(5, 3), torch.tensor([index, 2, 1, index, 1]), ignore_index=index)


def far_apart(impl):
    """The right class is so unlikely that its probability is 0 to a computer."""
    return impl.cross_entropy(table([200, 0], [0, 0]), torch.tensor([1, 1]))


def farther_apart(impl):
    """Ten thousand apart."""
    return impl.cross_entropy(table([10_000, 0, -10_000]), torch.tensor([2]))


def underflow(impl):
    """A probability of e^-110, where neither exponential is too large to hold."""
    return impl.cross_entropy(table([50, -60]), torch.tensor([1]))


def large(impl):
    """Scores whose exponentials are too large, or all 0, but which lie close together."""
    rows = table([1000, 1001, 1002], [-1000, -1001, -1002])
    first = impl.cross_entropy(rows[:1], torch.tensor([0]))
    return {"first": first, "both": impl.cross_entropy(rows, torch.tensor([0, 2]))}


general = Subject(
    lambda impl: impl.cross_entropy,
    (scores(4, 3), torch.tensor([2, -100, 0, 1])),
    (scores(6, 2) + 1, torch.tensor([1, 1, 0, -100, -100, 0])),
    (scores(1, 4), torch.tensor([3])),
)
