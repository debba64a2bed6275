"""Your dropout as a picture, and the mean that it keeps, at any probability."""

import torch

from exercises.drawings import Curves, HeatMap, Table
from exercises.kit import Float


def draw(impl, p: Float[0, 0.95] = 0.3):
    ones = torch.ones(10, 30)
    picture = impl.dropout(ones, p, True)
    rows, kept = [], []
    for percent in (0, 10, 20, 30, 40, 50, 60, 70, 80, 90):
        dropped = impl.dropout(torch.ones(20_000), percent / 100, True)
        zeros, mean = float((dropped == 0).float().mean()), float(dropped.mean())
        kept.append((percent / 100, mean))
        rows.append([f"{percent}%", f"{zeros:.1%}", f"{float(dropped.max()):.2f}", f"{mean:.2f}"])
    same = bool((impl.dropout(ones, p, False) == ones).all())
    off = "In evaluation mode your function changes nothing." if same else "In evaluation mode your function changes x."
    return [
        HeatMap(picture, digits=1, title=f"300 ones after your dropout with p = {p:g}",
                caption=f"A kept 1 has become {float(picture.max()):.2f}, to make up for the zeros. {off}"),
        Table(["p", "zeros", "kept ones", "mean"], rows, title="20,000 ones at each p",
              caption=f"The means are {min(y for _, y in kept):.2f} to {max(y for _, y in kept):.2f}. Near 1, the next "
                      "layer gets numbers of the usual size."),
        Curves({"mean": kept, "without the factor": [(x, 1 - x) for x, _ in kept]}, x="p", y="mean",
               title="Why the kept numbers grow", caption="Without the factor 1 / (1 − p), the mean would be 1 − p."),
    ]  # fmt: skip
