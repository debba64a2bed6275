"""The book's lines, in a function."""

import math


def lr_at(step, total, warmup, peak, initial, minimum):
    lr_increment = (peak - initial) / warmup
    if step < warmup:
        lr = initial + step * lr_increment
    else:
        progress = (step - warmup) / (total - warmup)
        lr = minimum + (peak - minimum) * 0.5 * (1 + math.cos(math.pi * progress))
    return lr
