"""Compares absolute values in one expression, and returns a Python number."""


def find_highest_gradient(model):
    return max((p.grad.abs().max().item() for p in model.parameters() if p.grad is not None), default=None)
