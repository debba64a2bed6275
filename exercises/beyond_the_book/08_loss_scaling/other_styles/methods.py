"""Separate methods, and a list of the results of the last steps."""

import math


class LossScaler:
    def __init__(self, init=65536.0, growth=2.0, interval=2000):
        self.value = init
        self.growth = growth
        self.interval = interval
        self.history = []

    def scale(self, loss):
        return self.value * loss

    def parameters(self, optimizer):
        for group in optimizer.param_groups:
            for p in group["params"]:
                if p.grad is not None:
                    yield p

    def update(self, ok):
        if not ok:
            self.value = self.value / self.growth
            self.history = []
        else:
            self.history.append(ok)
            if len(self.history) >= self.interval:
                self.value = self.value * self.growth
                self.history.clear()

    def step(self, optimizer, max_norm=None):
        ok = True
        total = 0.0
        for p in self.parameters(optimizer):
            p.grad = p.grad.detach() / self.value
            square = float((p.grad.double() ** 2).sum())
            ok = ok and math.isfinite(square)
            total += square
        if ok:
            if max_norm is not None:
                shrink = min(1.0, max_norm / (math.sqrt(total) + 1e-6))
                for p in self.parameters(optimizer):
                    p.grad.mul_(shrink)
            optimizer.step()
        self.update(ok)
