"""Uses PyTorch's list operations, clips by hand, and keeps the factor as a power."""

import torch


class LossScaler:
    def __init__(self, init=2.0**16, growth=2.0, interval=2000):
        self._scale, self._growth, self._interval = float(init), growth, interval
        self._streak = 0

    def scale(self, loss):
        return torch.mul(loss, self._scale)

    def step(self, optimizer, max_norm=None):
        grads = []
        for group in optimizer.param_groups:
            grads.extend(p.grad for p in group["params"] if p.grad is not None)
        with torch.no_grad():
            torch._foreach_mul_(grads, 1.0 / self._scale)
            norm = torch.stack([g.norm() for g in grads]).norm()
            if not torch.isfinite(norm):
                self._scale, self._streak = self._scale / self._growth, 0
                return False
            if max_norm is not None and norm > max_norm:
                torch._foreach_mul_(grads, float(max_norm / (norm + 1e-6)))
        optimizer.step()
        self._streak = (self._streak + 1) % self._interval
        if self._streak == 0:
            self._scale *= self._growth
        return True
