import torch


def fit(compute, loss):
    """Returns (a, b, floor) of the curve loss = floor + a * compute ** -b that is closest to the runs.

    compute: operations of each run, a list of floats
    loss: the loss that each run reached
    """
    raise NotImplementedError


def best_split(compute):
    """Returns (weights, tokens), floats: how to divide a budget of operations."""
    raise NotImplementedError
