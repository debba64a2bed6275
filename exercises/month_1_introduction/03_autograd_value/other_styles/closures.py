"""Each result carries a function that hands its grad on; the order comes from a stack instead of recursion."""

import math


class Value:
    count = 0

    def __init__(self, data, _children=(), _op="", label=None):
        self.data, self.grad, self.label = float(data), 0, label
        self._prev, self._op = set(_children), _op
        self._hand_on = None
        Value.count += 1
        self.age = Value.count  # what is made later can only be computed from what was made earlier

    @staticmethod
    def wrap(x):
        return x if isinstance(x, Value) else Value(x)

    def __add__(self, other):
        other = self.wrap(other)
        out = Value(self.data + other.data, (self, other), "+")

        def hand_on():
            self.grad += out.grad
            other.grad += out.grad

        out._hand_on = hand_on
        return out

    __radd__ = __add__

    def __mul__(self, other):
        other = self.wrap(other)
        out = Value(self.data * other.data, (self, other), "*")

        def hand_on():
            self.grad += other.data * out.grad
            other.grad += self.data * out.grad

        out._hand_on = hand_on
        return out

    __rmul__ = __mul__

    def __pow__(self, n):
        out = Value(math.pow(self.data, n), (self,), "pow")

        def hand_on():
            self.grad += n * math.pow(self.data, n - 1) * out.grad

        out._hand_on = hand_on
        return out

    def relu(self):
        out = Value(self.data if self.data > 0 else 0, (self,), "ReLU")

        def hand_on():
            self.grad += (out.data > 0) * out.grad

        out._hand_on = hand_on
        return out

    def backward(self):
        found, stack = set(), [self]
        while stack:
            node = stack.pop()
            if node not in found:
                found.add(node)
                stack.extend(node._prev)
        self.grad = 1
        for node in sorted(found, key=lambda node: -node.age):
            if node._hand_on:
                node._hand_on()

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
