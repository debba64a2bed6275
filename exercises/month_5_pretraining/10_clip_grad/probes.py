"""Probes for `clip_grad_norm`."""

import torch
from torch import nn

from exercises.kit import CommonProbes, Int, ProbeProblem, compare, numbers


def parameters(gradients):
    """Parameters with these gradients; None makes one without a gradient."""
    made = []
    for number, gradient in enumerate(gradients):
        shape = (2,) if gradient is None else gradient.shape
        made.append(nn.Parameter(numbers(*shape, seed=f"weight {number}")))
        made[-1].grad = None if gradient is None else gradient.clone()
    return made


def clipped(call, params, *arguments, **named):
    """The gradients after the call, and the result as a number if it is a scalar tensor."""
    kept = list(params)
    norm = call(params, *arguments, **named)
    if isinstance(norm, torch.Tensor) and norm.numel() == 1:
        norm = norm.item()
    if not isinstance(norm, int | float | torch.Tensor | None):
        raise ProbeProblem(f"Your `clip_grad_norm(…)` returns {compare.kind(norm)}; it should return the norm.")
    return {"gradients": [p.grad for p in kept], "norm": norm}


def example_gradients():
    return [torch.tensor([3.0, 0.0]), torch.tensor([[4.0]])]


def some_gradients():
    """Three gradients of different shapes and lengths; their norm is above 2."""
    return [numbers(3, seed="a") + 2, numbers(2, 3, seed="b") * 0.1, numbers(1, 2, 2, seed="c") * 3]


def default_eps(impl):
    """Gradients of about 1e-6, where the default eps counts, after the call; a million times larger."""
    after = clipped(impl.clip_grad_norm, parameters([g * 1e-6 for g in example_gradients()]), 1e-6)["gradients"]
    return {"gradients": [g * 1e6 if isinstance(g, torch.Tensor) else g for g in after]}


def norm_of(gradients):
    return float(torch.cat([g.flatten() for g in gradients]).norm())


def example(impl):
    """The worked example with max_norm=1."""
    return clipped(impl.clip_grad_norm, parameters(example_gradients()), 1.0)


def example_below(impl):
    """The worked example with max_norm=10."""
    return clipped(impl.clip_grad_norm, parameters(example_gradients()), 10.0)


def below(impl):
    """Gradients that are shorter than max_norm, before and after: with norms above 1 and of 0.1."""
    long = some_gradients()
    short = [gradient / (10 * norm_of(long)) for gradient in long]
    after = [
        gradient
        for gradients in (long, short)
        for gradient in clipped(impl.clip_grad_norm, parameters(gradients), 2 * norm_of(gradients))["gradients"]
    ]
    return {"before": long + short, "after": after}


def direction(impl):
    """Three gradients before and after a call with max_norm=1."""
    gradients = some_gradients()
    after = clipped(impl.clip_grad_norm, parameters(gradients), 1.0)
    return {"before": gradients, "after": after["gradients"]}


def generator(impl):
    """Gradients of a model after a backward, clipped through `model.parameters()`."""
    model = nn.Sequential(nn.Linear(3, 2), nn.Tanh(), nn.Linear(2, 1))
    with torch.no_grad():
        for number, p in enumerate(model.parameters()):
            p.copy_(numbers(*p.shape, seed=f"layer {number}"))
    (model(numbers(4, 3)) * 20).square().sum().backward()
    norm = impl.clip_grad_norm(model.parameters(), 0.5)
    return {"norm": norm.item() if isinstance(norm, torch.Tensor) and norm.numel() == 1 else norm,
            "gradients": [p.grad for p in model.parameters()]}  # fmt: skip


def missing(impl):
    """Gradients where the first, a middle and the last parameter have none."""
    first, second, third = some_gradients()
    return clipped(impl.clip_grad_norm, parameters([None, first, None, second, third, None]), 1.0)


def zeros(impl):
    """Gradients that are 0."""
    return clipped(impl.clip_grad_norm, parameters([torch.zeros(2), torch.zeros(2, 2)]), 1.0)


def eps(impl):
    """The worked example with eps=1, far from the norm of 5."""
    return clipped(impl.clip_grad_norm, parameters(example_gradients()), 2.0, eps=1.0)


def by_name(impl):
    """The worked example with named arguments, the limit an int."""
    return clipped(
        lambda params: impl.clip_grad_norm(eps=1e-6, max_norm=2, params=params), parameters(example_gradients())
    )


def again(impl):
    """The result of a second call after the first one, which has clipped already, and of a third with new gradients."""
    params = parameters(some_gradients())
    clipped(impl.clip_grad_norm, params, 1.0)
    second = clipped(impl.clip_grad_norm, params, 1.0)["norm"]
    params[0].grad = numbers(3, seed="new") * 5
    return {"second": second, "third": clipped(impl.clip_grad_norm, params, 1.0)["norm"]}


def weights(impl):
    """The weights before and after, whether they can still be trained, and how many the list has."""
    params = parameters([*some_gradients(), None])
    passed = list(params)
    before = [p.detach().clone() for p in params]
    impl.clip_grad_norm(passed, 1.0)
    return {
        "count": len(passed),
        "before": before,
        "after": [p.detach() for p in params],
        "trainable": all(p.requires_grad for p in params),
        "leaves": all(p.grad is None or not p.grad.requires_grad for p in params),
    }


def any_gradients(impl, count: Int[1, 5] = 2, rows: Int[1, 4] = 2, tenths: Int[1, 60] = 10):
    """Gradients of any number and shape, with a max_norm in tenths."""
    gradients = [numbers(rows, i + 1, seed=f"gradient {i}") * (i + 1) for i in range(count)]
    return clipped(impl.clip_grad_norm, parameters(gradients), tenths / 10)


class Clipping:
    """Clips given gradients and returns them."""

    def __init__(self, impl):
        self.impl = impl

    def __call__(self, *gradients):
        params = [nn.Parameter(torch.zeros_like(gradient)) for gradient in gradients]
        for p, gradient in zip(params, gradients, strict=True):
            p.grad = gradient.clone()
        self.impl.clip_grad_norm(params, 1.0)
        return [p.grad for p in params]


common = CommonProbes(
    Clipping, (numbers(3, 2) * 2, numbers(4)), (numbers(5), numbers(2, 2) * 3), (numbers(1), numbers(1, 1))
)
