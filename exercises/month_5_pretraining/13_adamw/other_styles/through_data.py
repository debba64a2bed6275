"""Assigns p.data, keeps the means as new tensors, and subtracts decay and step together from the old weight."""

import torch


class AdamW(torch.optim.Optimizer):
    def __init__(self, params, lr=0.001, betas=(0.9, 0.999), eps=1e-08, weight_decay=0.01):
        defaults = {"lr": lr, "betas": betas, "eps": eps, "weight_decay": weight_decay}
        super().__init__(params, defaults)

    def step(self):
        for group in self.param_groups:
            lr, wd, eps = group["lr"], group["weight_decay"], group["eps"]
            b1, b2 = group["betas"]
            for p in filter(lambda p: p.grad is not None, group["params"]):
                g = p.grad.detach()
                state = self.state[p]
                t = state.get("t", 0) + 1
                m = b1 * state.get("m", 0.0) + (1 - b1) * g
                v = b2 * state.get("v", 0.0) + (1 - b2) * g**2
                update = (m / (1 - b1**t)) / (torch.sqrt(v / (1 - b2**t)) + eps) + wd * p.data
                p.data = p.data - lr * update
                state.update(t=t, m=m, v=v)
