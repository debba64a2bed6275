"""Your rotations: the angle of each pair by position, and what a query sees of a key at any distance."""

import torch

from exercises.drawings import Curves, Table
from exercises.kit import Int, numbers

LENGTH = 512


def draw(impl, head_dim: Int[4, 128] = 64):
    head_dim -= head_dim % 2
    cos, sin = impl.compute_rope_params(head_dim, context_length=LENGTH)
    pairs = sorted({0, head_dim // 16, head_dim // 8})
    waves = {f"pair {pair}": [(t, float(cos[t, pair])) for t in range(48)] for pair in pairs}
    ones = torch.ones(1, 1, LENGTH, head_dim)
    turned = impl.apply_rope(ones, cos, sin)[0, 0]
    decay = [(distance, float(turned[0] @ turned[distance]) / head_dim) for distance in range(0, LENGTH, 10)]
    q, k = (numbers(1, 1, 1, head_dim, seed=name).expand(1, 1, LENGTH, head_dim) for name in "qk")
    queries, keys = impl.apply_rope(q, cos, sin)[0, 0], impl.apply_rope(k, cos, sin)[0, 0]
    rows = []
    for distance in (0, 1, 5, 50):
        products = [float(queries[start + distance] @ keys[start]) for start in (0, 10, 200, 400)]
        rows.append([distance, *(f"{product:.3f}" for product in products)])
    worst = max(max(map(float, row[1:])) - min(map(float, row[1:])) for row in rows)
    relative = "Only the distance counts." if worst < 0.01 else f"They differ by up to {worst:.2f}."
    return [
        Curves(waves, x="position", y="cosine of the angle", title="The rotation of some pairs",
               caption="The first pair turns by one radian per token; the later ones ever more slowly."),
        Curves({"q · k / d": decay}, x="distance", title="A vector of ones seen from a distance",
               caption=f"At distance 0 it is {decay[0][1]:.2f}, at 10 {decay[1][1]:.2f} and at {decay[-1][0]} "
                       f"{decay[-1][1]:.2f}: without any weights, near tokens count more."),
        Table(["distance", "key at 0", "at 10", "at 200", "at 400"], rows, caption=relative,
              title="The product of a random query and key, by the key's position"),
    ]  # fmt: skip
