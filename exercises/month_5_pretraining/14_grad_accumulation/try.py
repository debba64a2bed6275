"""Your accumulation on a story's letters: 16 small batches, with an update after each, after 4, or after all."""

import torch
from torch.nn.functional import cross_entropy

from exercises.drawings import Bars, Table
from exercises.kit import Float, fill, letters
from exercises.texts import short_story

SIZE = len(letters.ALPHABET)


def draw(impl, lr: Float[0.01, 5] = 1.0):
    ids = torch.tensor(letters.encode(short_story())[: 16 * 4 * 16 + 1])
    inputs, targets = (part.view(16, 4, 16) for part in (ids[:-1], ids[1:]))
    batches = list(zip(inputs, targets, strict=True))

    def trained(batches, k):
        """The network after all batches, and how often its weights were updated."""
        network = fill(torch.nn.Sequential(torch.nn.Embedding(SIZE, 16), torch.nn.Linear(16, SIZE)))
        optimizer = torch.optim.SGD(network.parameters(), lr=lr)
        steps, step = [], optimizer.step
        optimizer.step = lambda *arguments: steps.append(step(*arguments))
        impl.train_accumulated(network, batches, optimizer, k)
        loss = cross_entropy(network(inputs.flatten(0, 1)).flatten(0, 1), targets.flatten())
        return network, len(steps), float(loss.detach())

    start = trained([], 1)[2]
    runs = {k: trained(batches, k) for k in (1, 4, 16)}
    whole = trained([(inputs.flatten(0, 1), targets.flatten(0, 1))], 1)
    pairs = zip(runs[16][0].parameters(), whole[0].parameters(), strict=True)
    difference = max(float((a - b).abs().max()) for a, b in pairs)
    same = "the same weights" if difference < 1e-4 else f"weights that differ by up to {difference:.2g}"
    rows = [[f"k = {k}", 4 * k, steps, loss] for k, (_, steps, loss) in runs.items()]
    rows.append(["one large batch", 64, whole[1], whole[2]])
    return [
        Table(["", "rows per update", "updates", "loss after"], rows, title="The same 64 rows of 16 letters",
              caption=f"k = 16 gives {same} as one batch of 64 rows, with the memory of 4 rows."),
        Bars(["before", *(f"k = {k}" for k in runs)], [start, *(loss for _, _, loss in runs.values())],
             title="Loss on these rows",
             caption=f"All use the rate {lr:g}. With fewer updates, a larger rate may be needed."),
    ]  # fmt: skip
