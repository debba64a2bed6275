"""Propagates along every path separately, which needs no topological order."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(eq=False)
class Value:
    data: float
    _children: tuple = ()
    _op: str = ""
    grad: float = 0.0
    slopes: list = field(default_factory=list)

    def _new(self, data, op, *operands) -> Value:
        return Value(data, tuple(v for v, _ in operands), op, slopes=[slope for _, slope in operands])

    def __add__(self, other) -> Value:
        if not isinstance(other, Value):
            return self._new(self.data + other, "+", (self, 1))
        return self._new(self.data + other.data, "+", (self, 1), (other, 1))

    def __mul__(self, other) -> Value:
        if not isinstance(other, Value):
            return self._new(self.data * other, "*", (self, other))
        return self._new(self.data * other.data, "*", (self, other.data), (other, self.data))

    def __sub__(self, other) -> Value:
        return self + other * -1

    def __truediv__(self, other) -> Value:
        return self * other**-1

    def __pow__(self, n) -> Value:
        return self._new(self.data**n, "**", (self, n * self.data ** (n - 1)))

    def relu(self) -> Value:
        positive = self.data > 0
        return self._new(self.data * positive, "relu", (self, int(positive)))

    def __neg__(self) -> Value:
        return self * -1

    def __radd__(self, other) -> Value:
        return self + other

    def __rmul__(self, other) -> Value:
        return self * other

    def __rsub__(self, other) -> Value:
        return -self + other

    def __rtruediv__(self, other) -> Value:
        return other * self**-1

    def backward(self, upstream: float = 1.0) -> None:
        self.grad += upstream
        for child, slope in zip(self._children, self.slopes, strict=True):
            child.backward(upstream * slope)
