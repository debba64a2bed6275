"""Loops over the examples and flips the sign of the logit where the label is 1."""

from torch.nn import Softplus

softplus = Softplus()


def logistic_loss(x, w, b, y):
    total = 0.0
    for row, label in zip(x, y, strict=True):
        z = (row * w).sum() + b
        total = total + softplus((1 - 2 * label) * z)
    return total / x.shape[0]
