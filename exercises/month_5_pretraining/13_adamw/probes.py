"""Probes for `AdamW`. Parameters get the gradients that a probe chooses; no loss is needed."""

import copy

import torch
from torch import nn

from exercises.kit import CommonProbes, Int, ProbeProblem, numbers

OPTIONS = {"lr": 0.1, "betas": (0.8, 0.9), "eps": 1e-3, "weight_decay": 0.2}


def optimizer_of(impl, params, **options):
    """A new optimizer, if it is one."""
    optimizer = impl.AdamW(params, **options)
    if not isinstance(optimizer, torch.optim.Optimizer):
        raise ProbeProblem("Your `AdamW` is not a torch.optim.Optimizer; write `class AdamW(torch.optim.Optimizer):`.")
    return optimizer


def parameters(dtype=torch.float32, start=0):
    """A matrix and a vector."""
    return [nn.Parameter(numbers(*shape, seed=f"weight {start}", dtype=dtype)) for shape in ((2, 3), (4,))]


def take_steps(optimizer, params, steps, first=0, scale=1.0):
    """Takes steps with a different gradient each time."""
    for step in range(first, first + steps):
        for number, p in enumerate(params):
            p.grad = (numbers(*p.shape, seed=f"gradient {number} {step}", dtype=p.dtype) + 0.5) * scale
        optimizer.step()


def values(params):
    return [p.detach().clone() for p in params]


def one_weight(impl, gradients):
    """The value of one weight, 1 at first, after each step."""
    p = nn.Parameter(torch.tensor([1.0]))
    optimizer = optimizer_of(impl, [p], lr=0.1, weight_decay=0.1)
    seen = []
    for gradient in gradients:
        p.grad = torch.tensor([gradient])
        optimizer.step()
        seen.append(p.item())
    return seen


def example(impl):
    """The worked example."""
    return one_weight(impl, (2.0, 1.0))


def ten_steps(impl):
    """The weights after ten steps with options of the caller's."""
    params = parameters()
    take_steps(optimizer_of(impl, params, **OPTIONS), params, 10)
    return values(params)


def defaults(impl):
    """The changes of weights in ten steps with the default options, divided by the learning rate."""
    params = parameters(torch.float64)
    before = values(params)
    take_steps(optimizer_of(impl, params), params, 10, scale=1e-3)
    return [(p.detach() - old) / 1e-3 for p, old in zip(params, before, strict=True)]


def small_gradients(impl):
    """The changes of weights in three steps with gradients of about eps, divided by the learning rate."""
    params = parameters(torch.float64)
    before = values(params)
    options = {"lr": 1e-2, "betas": (0.9, 0.99), "eps": 1e-4, "weight_decay": 0.0}
    take_steps(optimizer_of(impl, params, **options), params, 3, scale=1e-4)
    return [(p.detach() - old) / 1e-2 for p, old in zip(params, before, strict=True)]


def missing(impl):
    """The weights after four steps; the first parameter has a gradient in the third and fourth only."""
    params = parameters()
    optimizer = optimizer_of(impl, params, **OPTIONS)
    take_steps(optimizer, params[1:], 2)
    unused = params[0].detach().clone()
    take_steps(optimizer, params, 2, first=2)
    return {"unused": unused, "initial": parameters()[0].detach(), "after": values(params)}


def groups(impl):
    """The weights of two groups with different options after three steps."""
    first, second = parameters(), parameters(start=1)
    groups = [{"params": first, "lr": 0.2, "weight_decay": 0.0}, {"params": second, "betas": (0.5, 0.7), "eps": 0.1}]
    optimizer = optimizer_of(impl, groups, lr=0.05, weight_decay=0.3)
    take_steps(optimizer, first + second, 3)
    return values(first + second)


def schedule(impl):
    """The weights after three steps, between which the learning rate changes."""
    params = parameters()
    optimizer = optimizer_of(impl, params, **OPTIONS)
    for step, lr in enumerate((0.3, 0.1, 0.02)):
        for group in optimizer.param_groups:
            group["lr"] = lr
        take_steps(optimizer, params, 1, first=step)
    return values(params)


def scheduler(impl):
    """The weights after three steps with a scheduler of PyTorch."""
    params = parameters()
    optimizer = optimizer_of(impl, params, **OPTIONS)
    scheduler = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda step: 1 / (step + 1))
    for step in range(3):
        take_steps(optimizer, params, 1, first=step)
        scheduler.step()
    return values(params)


def gradients(impl):
    """The gradients before and after a step."""
    params = parameters()
    optimizer = optimizer_of(impl, params, **OPTIONS)
    take_steps(optimizer, params, 1)
    for p in params:
        p.grad = numbers(*p.shape, seed="kept")
    before = [p.grad.clone() for p in params]
    optimizer.step()
    return {"before": before, "after": [p.grad for p in params], "trainable": [p.requires_grad for p in params],
            "leaves": [p.is_leaf for p in params]}  # fmt: skip


def resumed(impl):
    """The weights after two steps and two more, once without interruption and once with a new optimizer that loads
    the state of the first."""
    params = parameters()
    optimizer = optimizer_of(impl, params, **OPTIONS)
    take_steps(optimizer, params, 2)
    saved, copies = copy.deepcopy(optimizer.state_dict()), [nn.Parameter(value) for value in values(params)]
    take_steps(optimizer, params, 2, first=2)
    other = optimizer_of(impl, copies, lr=1.0)
    other.load_state_dict(saved)
    take_steps(other, copies, 2, first=2)
    return {"uninterrupted": values(params), "resumed": values(copies)}


def two(impl):
    """The weights of two pairs of equal parameters after three steps: of one optimizer alone, and of one that takes
    its steps by turns with a different one."""
    alone, mixed, other = parameters(), parameters(), parameters(start=1)
    take_steps(optimizer_of(impl, alone, **OPTIONS), alone, 3)
    first, second = optimizer_of(impl, mixed, **OPTIONS), optimizer_of(impl, other, lr=0.5)
    for step in range(3):
        take_steps(first, mixed, 1, first=step)
        take_steps(second, other, 1, first=step)
    return {"alone": values(alone), "mixed": values(mixed)}


def model(impl):
    """The weights of a model after three steps of training, from `model.parameters()`."""
    layer = nn.Linear(3, 2)
    with torch.no_grad():
        for p in layer.parameters():
            p.copy_(numbers(*p.shape, seed="layer"))
    optimizer = optimizer_of(impl, layer.parameters(), lr=0.05)
    for step in range(3):
        optimizer.zero_grad()
        layer(numbers(4, 3, seed=step)).square().mean().backward()
        optimizer.step()
    return values(layer.parameters())


def by_name(impl):
    """The weights after a step of an optimizer that is created with named arguments."""
    params = parameters()
    optimizer = optimizer_of(impl, params=params, weight_decay=0.1, eps=1e-2, betas=(0.5, 0.9), lr=0.2)
    take_steps(optimizer, params, 1)
    return values(params)


def by_position(impl):
    """The weights after a step of an optimizer that is created with positional arguments."""
    params = parameters()
    optimizer = impl.AdamW(params, 0.2, (0.5, 0.9), 1e-2, 0.1)
    take_steps(optimizer, params, 1)
    return values(params)


def any_options(impl, steps: Int[1, 6] = 3, lr: Int[1, 9] = 2, beta1: Int[0, 9] = 5, beta2: Int[0, 9] = 9,
                weight_decay: Int[0, 9] = 1):  # fmt: skip
    """The weights after some steps; the options are in tenths."""
    params = parameters()
    options = {"lr": lr / 10, "betas": (beta1 / 10, beta2 / 10), "weight_decay": weight_decay / 10, "eps": 1e-3}
    take_steps(optimizer_of(impl, params, **options), params, steps)
    return values(params)


class Stepping:
    """Takes two steps with given gradients and returns the weights."""

    def __init__(self, impl):
        self.impl = impl

    def __call__(self, *given):
        params = [nn.Parameter(torch.ones_like(gradient)) for gradient in given]
        optimizer = optimizer_of(self.impl, params, **OPTIONS)
        for scale in (1, -0.5):
            for p, gradient in zip(params, given, strict=True):
                p.grad = gradient * scale
            optimizer.step()
        return values(params)


common = CommonProbes(Stepping, (numbers(3, 2), numbers(4)), (numbers(5), numbers(2, 2)), (numbers(1), numbers(1, 1)))
