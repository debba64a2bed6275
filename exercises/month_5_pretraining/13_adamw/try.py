"""Your optimizer beside plain SGD in a narrow valley, and what weight decay does without any gradient."""

import torch

from exercises.drawings import Curves, Table
from exercises.kit import Float

STEPS = 80
START = (4.0, 2.0)


def descend(make):
    """The loss of each step in a valley that is 50 times as steep in y as in x, and the last point."""
    point = torch.nn.Parameter(torch.tensor(START))
    optimizer = make([point])
    losses = []
    for step in range(STEPS):
        loss = 0.5 * point[0] ** 2 + 25 * point[1] ** 2
        losses.append((step, float(loss.detach().clamp(max=200))))
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return losses, point.detach().tolist()


def draw(impl, lr: Float[0.001, 2] = 0.2):
    makers = {
        "your AdamW": lambda p: impl.AdamW(p, lr=lr, weight_decay=0.0),
        "SGD 0.03": lambda p: torch.optim.SGD(p, lr=0.03),
        "SGD 0.041": lambda p: torch.optim.SGD(p, lr=0.041),
    }
    runs = {name: descend(make) for name, make in makers.items()}
    weight = torch.nn.Parameter(torch.ones(1))
    optimizer = impl.AdamW([weight], lr=0.1, weight_decay=0.1)
    decay = []
    for step in range(STEPS):
        decay.append((step, float(weight.detach())))
        weight.grad = torch.zeros(1)
        optimizer.step()
    rows = [[name, losses[0][1], losses[-1][1], f"{end[0]:.3f}, {end[1]:.3f}"] for name, (losses, end) in runs.items()]
    return [
        Curves({name: [(step, loss**0.25) for step, loss in losses] for name, (losses, _) in runs.items()}, x="step",
               y="fourth root of the loss", title="x² / 2 + 25 y²: steep across, flat along",
               caption=f"From {START}: after {STEPS} steps yours is at a loss of {runs['your AdamW'][0][-1][1]:.2g}, "
                       f"SGD at {runs['SGD 0.03'][0][-1][1]:.2g}. AdamW divides each gradient by its own size."),
        Table(["optimizer", "first loss", "last loss", "end (x, y)"], rows, title="The same in numbers",
              caption="SGD must use a rate below 0.04 because of y, and is slow in x for that reason."),
        Curves({"weight": decay}, x="step", title="Weight decay alone: the gradient is 0",
               caption=f"With lr 0.1 and decay 0.1 each step multiplies the weight by 0.99: {decay[-1][1]:.2f} after "
                       f"{STEPS - 1} steps; 0.99^{STEPS - 1} is {0.99 ** (STEPS - 1):.2f}."),
    ]  # fmt: skip
