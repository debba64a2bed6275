import torch


def logistic_loss(x, w, b, y):
    """Returns the mean loss of a logistic regression as a 0-dimensional tensor.

    x: (N, D), N examples of D features
    w: (D,), the weights
    b: (), the bias
    y: (N,), the labels, 0.0 or 1.0
    """
    raise NotImplementedError
