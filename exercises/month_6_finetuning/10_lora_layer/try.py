"""Your layer in the size of GPT-2's: how many numbers are trained, and what rank the change has."""

import torch

from exercises.drawings import Bars, Curves, Table
from exercises.kit import Float, Int, numbers

WIDTH = 768
RANKS = (1, 2, 4, 8, 16, 32, 64)


def draw(impl, rank: Int[1, 16] = 4, alpha: Float[0.1, 64] = 8.0):
    full = WIDTH * WIDTH
    counts = {r: sum(p.numel() for p in impl.LoRALayer(WIDTH, WIDTH, r, alpha).parameters()) for r in RANKS}
    # AdamW keeps two numbers for each trained one, and there is its gradient: 16 bytes in all
    rows = [[r, count, f"{count / full:.1%}", f"{16 * count * 48 / 2**20:,.0f} MB"] for r, count in counts.items()]
    rows.append(["all", full, "100.0%", f"{16 * full * 48 / 2**20:,.0f} MB"])
    layer = impl.LoRALayer(48, 48, rank, alpha)
    with torch.no_grad():
        first = float(layer(numbers(4, 48)).abs().max())
        layer.B.copy_(numbers(rank, 48, seed="trained"))
        layer.A.copy_(numbers(48, rank, seed="A") / 7)
        change = layer(torch.eye(48))
        found = torch.linalg.svdvals(change)
    independent = int((found > found[0] * 1e-4).sum())
    start = "A new layer changes nothing yet" if first == 0 else f"A new layer already changes by up to {first:.2g}"
    return [
        Table(["rank", "trained numbers", "share", "memory of 48 layers"], rows,
              title=f"One {WIDTH} × {WIDTH} layer, and 48 of them",
              caption="Memory for numbers, gradients and AdamW's two means, in float32."),
        Bars([str(r) for r in RANKS], [100 * count / full for count in counts.values()], unit="%",
             title="Trained numbers compared with the whole layer, by rank",
             caption=f"With rank 8 your two matrices have {counts[8]:,} instead of {full:,} numbers."),
        Curves({"size": [(i + 1, float(value)) for i, value in enumerate(found[:24])]}, x="direction",
               title=f"Singular values of a trained change of 48 × 48 with rank {rank}",
               caption=f"{start}. Trained, it changes {independent} independent directions of 48."),
    ]  # fmt: skip
