import torch


def dropout(x, p, training):
    """Loses numbers at random while training.

    x: a tensor of any shape
    p: the probability, at least 0 and below 1, with which each number becomes 0
    training: whether the model is training; if not, x comes back as it is
    Returns a tensor of x's shape; what is kept is multiplied by 1 / (1 - p).
    """
    # 1. In evaluation there is nothing to do.
    # 2. Draw for each number whether it is kept.
    # 3. Put zeros where it is not, and let the others grow.
    raise NotImplementedError
