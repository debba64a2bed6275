"""Tries floors on finer and finer grids with NumPy, and keeps the one with the straightest line of logarithms."""

import math

import numpy as np


def line(compute, loss, floor):
    x, y = np.log(np.asarray(compute)), np.log(np.asarray(loss) - floor)
    slope, intercept = np.polyfit(x, y, 1)
    residual = np.polyval([slope, intercept], x) - y
    return float((residual**2).sum()), math.exp(intercept), -float(slope), floor


def fit(compute, loss):
    low, high = 0.0, min(loss)
    for _ in range(6):
        floors = np.linspace(low, high, 62)[1:-1]
        best = min(line(compute, loss, float(floor)) for floor in floors)
        step = floors[1] - floors[0]
        low, high = max(0.0, best[3] - 2 * step), min(min(loss), best[3] + 2 * step)
    return best[1:]


def best_split(compute):
    tokens = math.sqrt(compute * 20 / 6)
    return tokens / 20, tokens
