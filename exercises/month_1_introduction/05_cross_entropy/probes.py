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


def ignored(impl, number: Int[0, 4] = 2):
    """Five examples, `number` of them ignored."""
    targets = torch.tensor([1, 2, 0, 1, 2])
    targets[[3, 0, 4, 1][:number]] = -100
    return impl.cross_entropy(scores(5, 3), targets)


def ignoring(impl, index=0):
    """Five examples, two of them ignored, with a different ignore_index."""
    return impl.cross_entropy(scores(5, 3), torch.tensor([index, 2, 1, index, 1]), ignore_index=index)


def far_apart(impl):
    """A target whose probability underflows to 0."""
    return impl.cross_entropy(table([200, 0], [0, 0]), torch.tensor([1, 1]))


def farther_apart(impl):
    """Scores that differ by 10,000."""
    return impl.cross_entropy(table([10_000, 0, -10_000]), torch.tensor([2]))


def underflow(impl):
    """A probability of e^-110, for which neither exponential overflows."""
    return impl.cross_entropy(table([50, -60]), torch.tensor([1]))


def large(impl):
    """Close scores whose exponentials overflow, or all underflow to 0."""
    rows = table([1000, 1001, 1002], [-1000, -1001, -1002])
    first = impl.cross_entropy(rows[:1], torch.tensor([0]))
    return {"first": first, "both": impl.cross_entropy(rows, torch.tensor([0, 2]))}


common = CommonProbes(
    lambda impl: impl.cross_entropy,
    (scores(4, 3), torch.tensor([2, -100, 0, 1])),
    (scores(6, 2) + 1, torch.tensor([1, 1, 0, -100, -100, 0])),
    (scores(1, 4), torch.tensor([3])),
)
