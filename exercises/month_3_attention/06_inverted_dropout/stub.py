import torch


def dropout(x, p, training):
    """Sets numbers to 0 at random during training.

    x: a tensor of any shape
    p: probability of setting a number to 0, with 0 <= p < 1
    training: whether the model is in training mode; if not, x is returned unchanged
    Returns a tensor of x's shape, in which the kept numbers are multiplied by 1 / (1 - p).
    """
    # 1. In evaluation, return x.
    # 2. Draw a random number for each element to decide whether it is kept.
    # 3. Set the others to 0 and scale the kept ones.
    raise NotImplementedError
