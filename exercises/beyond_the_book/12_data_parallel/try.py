"""Two trainings with four replicas: with your averages they follow the training on one processor exactly."""

import copy

import torch
from torch.nn.functional import mse_loss

from exercises.drawings import Curves, Table
from exercises.kit import Int, fill, numbers


def draw(impl, world: Int[2, 8] = 4, examples: Int[10, 60] = 30):
    x, y = numbers(examples, 6, seed="x"), numbers(examples, 1, seed="y")
    start = fill(torch.nn.Linear(6, 1))
    epochs, lines, plain = 12, {"one processor": [], "with yours": [], "mean of means": []}, copy.deepcopy(start)
    replicas = {name: [copy.deepcopy(start) for _ in range(world)] for name in ("with yours", "mean of means")}
    parts = [impl.shard(list(range(examples)), rank, world, 0) for rank in range(world)]
    parts[0], parts[-1] = parts[0] + parts[-1][1:], parts[-1][:1]  # unequal parts, as at the end of an epoch
    for epoch in range(epochs):
        for name, models in [("one processor", [plain]), *replicas.items()]:
            pieces = [list(range(examples))] if name == "one processor" else parts
            for model, piece in zip(models, pieces, strict=True):
                model.zero_grad()
                mse_loss(model(x[piece]), y[piece]).backward()
            counts = [1] * world if name == "mean of means" else [len(piece) for piece in pieces]
            if name != "one processor":
                impl.average_gradients(models, counts)
            for model in models:
                with torch.no_grad():
                    for p in model.parameters():
                        p -= 0.1 * p.grad
            lines[name].append((epoch, float(mse_loss(models[0](x), y).detach())))
    pairs = zip(plain.parameters(), replicas["with yours"][0].parameters(), strict=True)
    difference = max(float((a - b).detach().abs().max()) for a, b in pairs)
    verdict = "the same weights" if difference < 1e-5 else f"weights that differ by up to {difference:.2g}"
    rows = [[f"rank {rank}", len(piece), " ".join(map(str, sorted(piece)[:6]))] for rank, piece in enumerate(parts)]
    return [
        Curves(lines, x="step", y="loss", title=f"Training with {world} replicas and parts of different sizes",
               caption=f"Your replicas and one processor have {verdict} after {epochs} steps."),
        Table(["process", "examples", "the smallest of them"], rows[:1] + rows[-1:], title="The parts",
              caption=f"The last process has {len(parts[-1])} of {examples} examples; the mean of means counts it as "
                      "much as the first."),
    ]  # fmt: skip
