"""For each exponent, floor and a follow from a linear system, so only the exponent is searched."""

import torch


def solve(compute, loss, b):
    scale = compute.log().mean().exp()  # keeps the numbers near 1
    columns = torch.stack([(compute / scale) ** -b, torch.ones_like(compute)], dim=1)
    a, floor = torch.linalg.lstsq(columns, loss[:, None]).solution.flatten().tolist()
    error = float(((columns @ torch.tensor([a, floor], dtype=torch.float64)) - loss).square().sum())
    return error, a * float(scale) ** b, b, floor


def fit(compute, loss):
    compute, loss = (torch.tensor(values, dtype=torch.float64) for values in (compute, loss))
    center, width = 0.5, 0.49
    for _ in range(25):
        tried = [solve(compute, loss, center + width * i / 10) for i in range(-10, 11) if center + width * i / 10 > 0]
        best = min(one for one in tried if one[3] >= 0)
        center, width = best[2], width / 3
    return best[1:]


def best_split(compute):
    n = (compute / 120) ** (1 / 2)
    return n, compute / (6 * n)
