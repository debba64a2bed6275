"""Your scaler in a training in float16: without it the small gradients vanish, and its factor finds its way."""

from itertools import pairwise

import torch

from exercises.drawings import Curves
from exercises.kit import Float, numbers

STEPS, FIRST = 60, 36


def train(scaler, size):
    """Fits a line whose gradients pass through float16; returns the losses, and the factor before each step."""
    weight = torch.nn.Parameter(torch.zeros(4))
    optimizer = torch.optim.SGD([weight], lr=0.3 / size)
    x, target = numbers(32, 4, seed="x"), numbers(4, seed="right")
    losses, factors = [], []
    for _ in range(STEPS):
        optimizer.zero_grad()
        predicted = (x.half() @ weight.half()).float()
        loss = ((predicted - x @ target) ** 2).mean() * size
        losses.append(float(loss.detach()) / size)
        if scaler is None:
            loss.backward()
            optimizer.step()
        else:
            factors.append(float(scaler.scale(torch.ones(()))))
            scaler.scale(loss).backward()
            scaler.step(optimizer)
    return losses, factors


def draw(impl, exponent: Float[-9, 0] = -6.0):
    size = 10.0**exponent
    plain, _ = train(None, size)
    scaled, factors = train(impl.LossScaler(2.0**FIRST, 2.0, 8), size)
    overflows = sum(later < earlier for earlier, later in pairwise(factors))
    lines = {"without": list(enumerate(plain)), "with yours": list(enumerate(scaled))}
    powers = [(step, float(torch.tensor(factor).log2())) for step, factor in enumerate(factors)]
    return [
        Curves(lines, x="step", y="loss", title=f"Gradients of the size 1e{exponent:g}, through float16",
               caption=f"After {STEPS} steps: {plain[-1]:.3g} without scaling, {scaled[-1]:.3g} with it."),
        Curves({"log2 of the factor": powers}, x="step", y="power of two", title="Your factor",
               caption=f"It starts at 2^{FIRST}, and {overflows} overflows made it smaller."),
    ]  # fmt: skip
