"""Mixes two rates with weights that sum to 1; the decay is a squared cosine."""

from math import cos, pi


def mix(a, b, weight):
    return a * (1 - weight) + b * weight


def lr_at(step, total, warmup, peak, initial, minimum):
    if step <= warmup:  # both formulas give the peak at step == warmup
        return float(mix(initial, peak, step / warmup))
    remaining = (total - step) / (total - warmup)
    return float(mix(peak, minimum, cos(0.5 * pi * remaining) ** 2))
