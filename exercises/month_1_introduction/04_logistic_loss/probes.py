"""Probes for `logistic_loss`."""

import torch

from exercises.kit import CommonProbes, Int, Ints, ProbeProblem, numbers, token_ids


def inputs(n, width, dtype=torch.float32):
    """Random arguments: x, w, b, y."""
    x = numbers(n, width, seed="x", dtype=dtype) * 1.5
    w, b = numbers(width, seed="w", dtype=dtype), torch.tensor(0.7, dtype=dtype)
    return x, w, b, token_ids(n, vocab_size=2).to(dtype)


def with_logits(impl, logits, y):
    """The loss for the given logits: one feature, weight 1, bias 0."""
    x = torch.tensor(logits).unsqueeze(-1)
    return impl.logistic_loss(x, torch.ones(1), torch.tensor(0.0), torch.tensor(y))


def example(impl):
    """The worked example."""
    x = torch.tensor([[1.0, 2.0], [3.0, -1.0]])
    return impl.logistic_loss(x, torch.tensor([0.5, -1.0]), torch.tensor(1.0), torch.tensor([1.0, 0.0]))


def output(impl, examples: Int[1, 7] = 5, features: Int[1, 5] = 3):
    """The loss of random examples."""
    return impl.logistic_loss(*inputs(examples, features))


def any_logits(impl, positive: Ints[0, 6, -1000, 1000] = (2, -3), negative: Ints[0, 6, -1000, 1000] = (4,)):
    """The loss for the given logits: `positive` belong to examples with y = 1, `negative` to examples with y = 0."""
    logits = [float(logit) for logit in [*positive, *negative]] or [0.0]
    return with_logits(impl, logits, ([1.0] * len(positive) + [0.0] * len(negative)) or [1.0])


def single(impl, logit=0.0, y=1.0):
    """The loss of a single example with the given logit."""
    return with_logits(impl, [logit], [y])


def bias(impl):
    """The loss for three values of b."""
    x, w, _, y = inputs(4, 2)
    return [impl.logistic_loss(x, w, torch.tensor(b), y) for b in (-2.0, 0.0, 2.0)]


def learned(impl, x, w, b, y):
    """The gradients of w and b."""
    w, b = w.clone().requires_grad_(), b.clone().requires_grad_()
    loss = impl.logistic_loss(x, w, b, y)
    if not getattr(loss, "requires_grad", False):
        raise ProbeProblem("Your loss has no gradient; it should let gradients flow back to w and b.")
    loss.backward()
    return {"weights": w.grad, "bias": b.grad}


def gradient_far(impl):
    """The gradients for logits of ±100, two of them wrong."""
    x = torch.tensor([[100.0], [-100.0], [100.0]])
    return learned(impl, x, torch.ones(1), torch.tensor(0.0), torch.tensor([0.0, 1.0, 1.0]))


common = CommonProbes(
    lambda impl: impl.logistic_loss, inputs(4, 2), inputs(5, 3), inputs(1, 2), fixed=(3,), dtypes=("float64",)
)
