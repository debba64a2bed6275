"""Adds up the squares in a loop over Python numbers, and divides in place."""


def clip_grad_norm(params, max_norm, eps=1e-6):
    params = list(params)
    total = 0.0
    for p in params:
        if p.grad is not None:
            total += p.grad.data.norm(2).item() ** 2
    total = total**0.5
    factor = max(1.0, (total + eps) / max_norm)
    for p in params:
        if p.grad is not None:
            p.grad.data /= factor
    return total
