import torch


class AdamW(torch.optim.Optimizer):
    """Adam with decoupled weight decay.

    params: parameters, or dicts that give groups of parameters their own options
    lr: learning rate
    betas: (beta1, beta2), how slowly the means of the gradients and of their squares change
    eps: added to the square root in the division
    weight_decay: each step shrinks a weight by lr * weight_decay of itself
    """

    def __init__(self, params, lr=1e-3, betas=(0.9, 0.999), eps=1e-8, weight_decay=0.01):
        raise NotImplementedError

    def step(self):
        """Updates every parameter that has a gradient, in place."""
        raise NotImplementedError
