"""As PyTorch computes it: lerp, addcmul and addcdiv in place, with the correction in the step size."""

import math

import torch
from torch.optim import Optimizer


class AdamW(Optimizer):
    def __init__(self, params, lr=1e-3, betas=(0.9, 0.999), eps=1e-8, weight_decay=1e-2):
        if lr < 0:
            raise ValueError(f"Invalid learning rate: {lr}")
        super().__init__(params, {"lr": lr, "betas": betas, "eps": eps, "weight_decay": weight_decay})

    def step(self, closure=None):
        loss = closure() if closure else None
        with torch.no_grad():
            for group in self.param_groups:
                b1, b2 = group["betas"]
                for p in group["params"]:
                    if p.grad is None:
                        continue
                    s = self.state[p]
                    if len(s) == 0:
                        s["step"] = torch.tensor(0.0)
                        s["exp_avg"] = torch.zeros_like(p, memory_format=torch.preserve_format)
                        s["exp_avg_sq"] = torch.zeros_like(p, memory_format=torch.preserve_format)
                    s["step"] += 1
                    step = s["step"].item()
                    p.mul_(1 - group["lr"] * group["weight_decay"])
                    s["exp_avg"].lerp_(p.grad, 1 - b1)
                    s["exp_avg_sq"].mul_(b2).addcmul_(p.grad, p.grad, value=1 - b2)
                    step_size = group["lr"] / (1 - b1**step)
                    denominator = (s["exp_avg_sq"].sqrt() / math.sqrt(1 - b2**step)).add_(group["eps"])
                    p.addcdiv_(s["exp_avg"], denominator, value=-step_size)
        return loss
