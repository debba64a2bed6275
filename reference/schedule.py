"""The learning rate of a training step: linear warm-up, then cosine decay (book, appendix D.1 and D.2)."""

from __future__ import annotations

import math


def lr_at(step: int, total: int, warmup: int, peak: float, initial: float, minimum: float) -> float:
    """Returns the learning rate of a step, 0 <= step < total.

    It rises in a straight line from `initial` at step 0 to `peak` at step `warmup`, then falls along half a cosine
    wave towards `minimum`, which it would reach at step `total`. Needs 1 <= warmup < total. Book, appendix D.1 and
    D.2; the cosine is from Loshchilov and Hutter, 2017.
    """
    if step < warmup:
        increment = (peak - initial) / warmup
        lr = initial + step * increment
    else:
        progress = (step - warmup) / (total - warmup)  # from 0 at the peak to just below 1
        decay = 0.5 * (1 + math.cos(math.pi * progress))  # from 1 to just above 0
        lr = minimum + decay * (peak - minimum)
    return lr
