"""The optimizer AdamW: running means of gradients, and weight decay apart from them (Loshchilov and Hutter, 2019)."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import torch


class AdamW(torch.optim.Optimizer):
    """Adam with decoupled weight decay; equals torch.optim.AdamW.

    params: parameters, or dictionaries that give groups of them their own options. Book, section 5.2.
    """

    def __init__(
        self,
        params: Iterable[torch.Tensor] | Iterable[dict[str, Any]],
        lr: float = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0.01,
    ) -> None:
        defaults = {"lr": lr, "betas": betas, "eps": eps, "weight_decay": weight_decay}
        super().__init__(params, defaults)  # makes self.param_groups and self.state

    @torch.no_grad()
    def step(self, closure: Callable[[], Any] | None = None) -> Any:
        """Updates every parameter that has a gradient. Returns the result of the closure, if there is one."""
        loss = None
        if closure is not None:
            with torch.enable_grad():
                loss = closure()
        for group in self.param_groups:
            for p in group["params"]:
                if p.grad is not None:
                    self._update(p, p.grad, group)
        return loss

    def _update(self, p: torch.Tensor, g: torch.Tensor, group: dict[str, Any]) -> None:
        """Updates one parameter p in place by its gradient g, with the options of its group."""
        state = self.state[p]  # empty at the first step
        if not state:
            state["t"] = 0
            state["m"] = torch.zeros_like(p)
            state["v"] = torch.zeros_like(p)
        lr = group["lr"]  # a scheduler changes it between steps
        beta1, beta2 = group["betas"]
        state["t"] += 1
        t, m, v = state["t"], state["m"], state["v"]
        p.mul_(1 - lr * group["weight_decay"])
        m.mul_(beta1).add_((1 - beta1) * g)  # running mean of the gradients
        v.mul_(beta2).add_((1 - beta2) * g.square())  # running mean of their squares
        m_hat = m / (1 - beta1**t)  # both means start at 0, so at first they are too small
        v_hat = v / (1 - beta2**t)
        p.sub_(lr * m_hat / (v_hat.sqrt() + group["eps"]))
