"""What is asked of causal_softmax."""

import torch
from torch import nn

from grader.probing import Int, ProbeProblem, change, elsewhere, numbers


def scores(*shape, dtype=torch.float32):
    return numbers(*shape, seed="scores", dtype=dtype) * 2


def example(impl):
    """The task's example."""
    return impl.causal_softmax(torch.tensor([[1.0, 5.0, 9.0], [0.0, 0.0, 7.0], [1.0, 2.0, 3.0]]))


def output(impl, length: Int[1, 6] = 4):
    """The weights of one sequence."""
    return impl.causal_softmax(scores(length, length))


def batch(impl, sequences: Int[1, 3] = 2, length: Int[1, 5] = 4):
    """The weights of a batch."""
    return impl.causal_softmax(scores(sequences, length, length))


def many_heads(impl, sequences: Int[1, 3] = 2, heads: Int[1, 3] = 3, length: Int[1, 5] = 4):
    """The weights of a batch with heads."""
    return impl.causal_softmax(scores(sequences, heads, length, length))


def perturbed(impl):
    """Weights before and after changing the scores of the last two columns."""
    before = scores(4, 4)
    return {"before": impl.causal_softmax(before.clone()), "after": impl.causal_softmax(change(before, since=2))}


def shifted(impl, by: Int[-1000, 1000] = -1000):
    """The same scores, all larger or smaller by one number: a softmax does not see that."""
    return impl.causal_softmax(scores(4, 4) + float(by))


def in_double(impl):
    """In double precision."""
    return impl.causal_softmax(scores(2, 3, 3, dtype=torch.float64))


def state(impl):
    """Other scores between two calls; and whether the scores are left as they were."""
    x, y = scores(4, 4), scores(2, 3, 3)
    result = impl.causal_softmax(x)
    first = result.clone()
    other = impl.causal_softmax(y)
    return {
        "untouched": torch.equal(x, scores(4, 4)),
        "first": first,
        "other": other,
        "again": impl.causal_softmax(scores(4, 4)),
        "later": result,
    }


def learning(impl):
    """What flows back to the scores from a weighted sum of the weights."""
    x = scores(2, 4, 4).requires_grad_()
    weights = impl.causal_softmax(x * 1.0)
    if not getattr(weights, "requires_grad", False):
        raise ProbeProblem("No gradient can flow back through your result: it is cut off from the scores.")
    (weights * numbers(2, 4, 4, seed="of the loss")).sum().backward()
    return x.grad


class _Module(nn.Module):
    def __init__(self, impl):
        super().__init__()
        self.call = impl.causal_softmax

    def forward(self, x):
        return self.call(x)


def on_meta(impl):
    """On another device."""
    return elsewhere(_Module(impl), scores(2, 3, 3))
