"""One example after the other; the sign of the answer turns the logit round."""

from torch.nn import Softplus

softplus = Softplus()


def logistic_loss(x, w, b, y):
    total = 0.0
    for row, answer in zip(x, y, strict=True):
        z = (row * w).sum() + b
        total = total + softplus((1 - 2 * answer) * z)
    return total / x.shape[0]
