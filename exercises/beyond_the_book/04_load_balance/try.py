"""Your loss in training: a router that starts with a favorite, with the loss and without it."""

import torch

from exercises.drawings import Bars, Curves
from exercises.kit import Float, Int, numbers

TOKENS, WIDTH, STEPS = 256, 12, 120


def train(impl, experts, share):
    """Trains a router and returns the fractions of tokens before and after, and the largest of each step.

    The router's other goal is to be sure of its choice: what it already prefers, it prefers more.
    """
    x, weight = numbers(TOKENS, WIDTH), numbers(experts, WIDTH, seed="router") * 0.3
    bias = torch.zeros(experts)
    bias[0] = 1.0  # the favorite
    weight.requires_grad_()
    bias.requires_grad_()
    optimizer = torch.optim.Adam([weight, bias], lr=0.03)
    fractions = []
    for _ in range(STEPS + 1):
        probs = torch.softmax(x @ weight.T + bias, dim=-1)
        chosen = probs.argmax(dim=-1)
        fractions.append((chosen[:, None] == torch.arange(experts)).float().mean(0))
        sure = -probs.gather(1, chosen[:, None]).log().mean()
        loss = sure + share * impl.balance_loss(probs, chosen)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return fractions


def draw(impl, experts: Int[2, 8] = 6, share: Float[0, 10] = 2.0):
    without, with_loss = (train(impl, experts, value) for value in (0.0, share))
    lines = {
        name: [(step, 100 * float(fractions[step].max())) for step in range(0, STEPS + 1, 4)]
        for name, fractions in (("without", without), ("with", with_loss))
    }
    labels = [f"expert {e}" for e in range(experts)]
    idle = [int((fractions[-1] == 0).sum()) for fractions in (without, with_loss)]
    return [
        Curves(lines, x="step", y="%", title="Tokens of the busiest expert",
               caption=f"An even share would be {100 / experts:.0f} %. The other loss rewards a router that is sure."),
        Bars(labels, 100 * without[-1], unit="%", title="Tokens per expert after training without your loss",
             caption=f"{idle[0]} of {experts} experts get no token."),
        Bars(labels, 100 * with_loss[-1], unit="%", title=f"The same with your loss, times {share:g}",
             caption=f"{idle[1]} of {experts} experts get no token."),
    ]  # fmt: skip
