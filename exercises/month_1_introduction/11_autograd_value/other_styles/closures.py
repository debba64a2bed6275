"""Stores a closure in each result that passes its grad on, and sorts the Values by age instead of recursively."""

import math


class Value:
    count = 0

    def __init__(self, data, _children=(), _op="", label=None):
        self.data, self.grad, self.label = float(data), 0, label
        self._prev, self._op = set(_children), _op
        self._propagate = None
        Value.count += 1
        self.age = Value.count  # operands are always older than their result

    @staticmethod
    def wrap(x):
        return x if isinstance(x, Value) else Value(x)

    def __add__(self, other):
        other = self.wrap(other)
        out = Value(self.data + other.data, (self, other), "+")

        def propagate():
            self.grad += out.grad
            other.grad += out.grad

        out._propagate = propagate
        return out

    __radd__ = __add__

    def __mul__(self, other):
        other = self.wrap(other)
        out = Value(self.data * other.data, (self, other), "*")

        def propagate():
            self.grad += other.data * out.grad
            other.grad += self.data * out.grad

        out._propagate = propagate
        return out

    __rmul__ = __mul__

    def __pow__(self, n):
        out = Value(math.pow(self.data, n), (self,), "pow")

        def propagate():
            self.grad += n * math.pow(self.data, n - 1) * out.grad

        out._propagate = propagate
        return out

    def relu(self):
        out = Value(self.data if self.data > 0 else 0, (self,), "ReLU")

        def propagate():
            self.grad += (out.data > 0) * out.grad

        out._propagate = propagate
        return out

    def backward(self):
        visited, stack = set(), [self]
        while stack:
            node = stack.pop()
            if node not in visited:
                visited.add(node)
                stack.extend(node._prev)
        self.grad = 1
        for node in sorted(visited, key=lambda node: -node.age):
            if node._propagate:
                node._propagate()

    def __neg__(self):
        return -1 * self

    def __sub__(self, other):
        return self + -1 * self.wrap(other)

    def __rsub__(self, other):
        return other + -self

    def __truediv__(self, other):
        return self * self.wrap(other) ** -1

    def __rtruediv__(self, other):
        return self**-1 * other
