"""Probes for `cross_entropy`."""

import torch

from exercises.kit import CommonProbes, Int, Ints, numbers, token_ids


def scores(n, classes, dtype=torch.float32):
    return numbers(n, classes, seed="logits", dtype=dtype) * 2


def table(*rows):
    return torch.tensor(rows, dtype=torch.float32)


def example(impl):
    """The worked example."""
    return impl.cross_entropy(table([2, 1, 0], [0, 0, 0], [1, 5, 0]), torch.tensor([0, 2, -100]))


def output(impl, examples: Int[1, 6] = 5, classes: Int[2, 6] = 3):
    """The loss of random examples, none of them ignored."""
    return impl.cross_entropy(scores(examples, classes), token_ids(examples, vocab_size=classes))


def any_scores(impl, row: Ints[2, 8, -10000, 10000] = (2, 1, 0), target: Int[0, 7] = 0):
    """The loss of one example with the given scores; `target` is taken modulo the number of scores."""
    return impl.cross_entropy(table(row), torch.tensor([target % len(row)]))


def square(impl):
    """As many examples as classes, for which a wrong dimension raises no error."""
    return impl.cross_entropy(scores(4, 4), torch.tensor([3, 0, 0, 1]))


def ignored(impl, index=-100, number=2):
    """The loss of five examples, `number` of them ignored, and the loss of the other examples alone."""
    targets = torch.tensor([1, 2, 0, 1, 2])
    positions = [3, 0, 4, 1][:number]
    targets[positions] = index
    rest = [i for i in range(5) if i not in positions]
    return {
        "all": impl.cross_entropy(scores(5, 3), targets, ignore_index=index),
        "rest": impl.cross_entropy(scores(5, 3)[rest], targets[rest], ignore_index=index),
    }


def default_ignored(impl):
    """The loss of three examples, one of them with the default ignore_index."""
    return impl.cross_entropy(scores(3, 3), torch.tensor([1, -100, 2]))


def extreme(impl, rows=((200.0, 0.0), (0.0, 0.0)), targets=(1, 1)):
    """The loss of scores whose probabilities underflow, or whose exponentials overflow."""
    return impl.cross_entropy(table(*rows), torch.tensor(targets))


common = CommonProbes(
    lambda impl: impl.cross_entropy,
    (scores(4, 3), torch.tensor([2, -100, 0, 1])),
    (scores(6, 2) + 1, torch.tensor([1, 1, 0, -100, -100, 0])),
    (scores(1, 4), torch.tensor([3])),
    dtypes=("float64",),
)
