import torch


class LossScaler:
    """Multiplies losses by a factor, and divides the gradients by it before the optimizer's step.

    init: the first factor
    growth: the factor is multiplied by it after `interval` good steps in a row, and divided by it after an overflow
    """

    def __init__(self, init=2.0**16, growth=2.0, interval=2000):
        raise NotImplementedError

    def scale(self, loss):
        """Returns the loss times the factor; the caller calls backward on it."""
        raise NotImplementedError

    def step(self, optimizer, max_norm=None):
        """Divides the gradients by the factor, in place, and lets the optimizer make a step.

        Clips the gradients to the total norm max_norm, if given. Makes no step where a gradient is inf or NaN.
        """
        raise NotImplementedError
