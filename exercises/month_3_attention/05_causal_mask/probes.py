"""Probes for causal_softmax."""

import torch

from exercises.kit import CommonProbes, Int, change, numbers


def scores(*shape, dtype=torch.float32):
    return numbers(*shape, seed="scores", dtype=dtype) * 2


def example(impl):
    """The example on the page."""
    return impl.causal_softmax(torch.tensor([[1.0, 5.0, 9.0], [0.0, 0.0, 7.0], [1.0, 2.0, 3.0]]))


def output(impl, length: Int[1, 6] = 4):
    """The weights for one sequence."""
    return impl.causal_softmax(scores(length, length))


def batch(impl, sequences: Int[1, 3] = 2, length: Int[1, 5] = 4):
    """The weights for a batch."""
    return impl.causal_softmax(scores(sequences, length, length))


def many_heads(impl, sequences: Int[1, 3] = 2, heads: Int[1, 3] = 3, length: Int[1, 5] = 4):
    """The weights for a batch with heads."""
    return impl.causal_softmax(scores(sequences, heads, length, length))


def perturbed(impl):
    """The weights before and after a change of the last two columns of the scores."""
    before = scores(4, 4)
    return {"before": impl.causal_softmax(before.clone()), "after": impl.causal_softmax(change(before, since=2))}


def shifted(impl, by: Int[-2_000_000, 1000] = -1000):
    """The weights after adding a number to all scores, which a softmax ignores."""
    return impl.causal_softmax(scores(4, 4) + float(by))


common = CommonProbes(lambda impl: impl.causal_softmax, scores(2, 3, 3), scores(4, 4), scores(1, 2, 5, 5), scores(1, 1))
