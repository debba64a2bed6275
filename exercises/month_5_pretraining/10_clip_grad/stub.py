import torch


def clip_grad_norm(params, max_norm, eps=1e-6):
    """Scales all gradients by one factor, so that their norm is at most max_norm.

    params: an iterable of parameters, also a generator; a gradient can be None
    max_norm: the largest allowed norm of all gradients as one vector
    eps: added to the norm in the division
    Returns the norm before clipping.
    """
    raise NotImplementedError
