import math


def lr_at(step, total, warmup, peak, initial, minimum):
    """Returns the learning rate of a training step: linear warm-up, then cosine decay.

    step: counted from 0, 0 <= step < total
    total: number of steps of the training
    warmup: number of steps of the warm-up, 1 <= warmup < total
    peak: the rate at step == warmup
    initial: the rate at step 0
    minimum: the rate that step == total would have
    Returns a float.
    """
    raise NotImplementedError
