"""Your training on points inside and outside of a circle: what the network thinks of each place afterwards."""

import torch

from exercises.drawings import Curves, HeatMap
from exercises.kit import Int, numbers

COLUMNS, ROWS = 24, 13


def draw(impl, epochs: Int[1, 60] = 40):
    from parts import NeuralNetwork

    points = numbers(160, 2, seed="toy") * 1.2
    labels = (points.norm(dim=1) < 1.4).long()
    torch.manual_seed(0)
    model = NeuralNetwork(2, 2)
    losses, train, test = impl.train_toy(
        model, points[:120], labels[:120], points[120:], labels[120:], num_epochs=epochs, batch_size=10, lr=0.1
    )
    x, y = torch.linspace(-3, 3, COLUMNS), torch.linspace(3, -3, ROWS)
    grid = torch.stack([x.repeat(ROWS, 1), y[:, None].repeat(1, COLUMNS)], dim=-1)
    with torch.no_grad():
        inside = model(grid.view(-1, 2)).softmax(dim=-1)[:, 1].view(ROWS, COLUMNS)
    return [
        HeatMap(inside, [f"{value:.1f}" for value in y.tolist()], title="Probability of “inside”, from −3 to 3",
                caption="The true circle has the radius 1.4. The network saw 120 points and no circle."),
        Curves({"loss": list(enumerate(losses, 1))}, x="epoch", title="Loss of each epoch",
               caption=f"It classifies {float(train):.0%} of the points that it saw and {float(test):.0%} of 40 new "
                       f"ones correctly; always saying “inside” would give {float(labels[120:].float().mean()):.0%}."),
    ]  # fmt: skip
