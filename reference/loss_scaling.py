"""Dynamic loss scaling, for gradients that are too small for half precision.

Micikevicius et al., 2018, arXiv 1710.03740.
"""

from __future__ import annotations

import torch
from torch import Tensor


class LossScaler:
    """Multiplies losses by a factor, and divides the gradients by it before the optimizer's step.

    init: the first factor
    growth: what the factor is multiplied by after `interval` steps in a row, and divided by after an overflow
    """

    def __init__(self, init: float = 2.0**16, growth: float = 2.0, interval: int = 2000) -> None:
        self.factor = init
        self.growth = growth
        self.interval = interval
        self.good_steps = 0  # in a row, since the last change of the factor

    def scale(self, loss: Tensor) -> Tensor:
        """Returns the loss times the factor; call backward on it."""
        scaled_loss = loss * self.factor
        return scaled_loss

    @torch.no_grad()
    def step(self, optimizer: torch.optim.Optimizer, max_norm: float | None = None) -> None:
        """Divides the gradients by the factor, clips them to `max_norm` if given, and lets the optimizer make a step.

        If a gradient is infinite or NaN, the optimizer makes no step, and the factor becomes smaller.
        """
        parameters = [p for group in optimizer.param_groups for p in group["params"] if p.grad is not None]
        gradients = [p.grad for p in parameters]
        for gradient in gradients:
            gradient /= self.factor
        finite = all(bool(torch.isfinite(gradient).all()) for gradient in gradients)
        if not finite:
            self.factor /= self.growth
            self.good_steps = 0
            return
        if max_norm is not None:
            torch.nn.utils.clip_grad_norm_(parameters, max_norm)
        optimizer.step()
        self.good_steps += 1
        if self.good_steps == self.interval:
            self.factor *= self.growth
            self.good_steps = 0
