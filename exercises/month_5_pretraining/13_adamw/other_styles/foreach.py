"""Updates all tensors of a group at once, and reads the corrections from float64 tensors."""

import torch


class AdamW(torch.optim.Optimizer):
    def __init__(self, params, lr=1e-3, betas=(0.9, 0.999), eps=1e-8, weight_decay=1e-2):
        super().__init__(params, {"lr": lr, "betas": betas, "eps": eps, "weight_decay": weight_decay})
        for group in self.param_groups:
            for p in group["params"]:
                self.state[p] = {"t": 0, "m": torch.zeros_like(p.data), "v": torch.zeros_like(p.data)}

    @torch.no_grad()
    def step(self, closure=None):
        for group in self.param_groups:
            params = [p for p in group["params"] if p.grad is not None]
            if not params:
                continue
            (beta1, beta2), lr = group["betas"], group["lr"]
            states = [self.state[p] for p in params]
            grads = [p.grad for p in params]
            for s in states:
                s["t"] += 1
            ms, vs = [s["m"] for s in states], [s["v"] for s in states]
            torch._foreach_mul_(params, 1 - lr * group["weight_decay"])
            torch._foreach_lerp_(ms, grads, 1 - beta1)
            torch._foreach_mul_(vs, beta2)
            torch._foreach_addcmul_(vs, grads, grads, 1 - beta2)
            roots = torch._foreach_sqrt(torch._foreach_div(vs, [1 - beta2 ** s["t"] for s in states]))
            torch._foreach_add_(roots, group["eps"])
            torch._foreach_addcdiv_(params, ms, roots, [-lr / (1 - beta1 ** s["t"]) for s in states])
