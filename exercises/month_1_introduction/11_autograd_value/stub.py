class Value:
    """A number that stores the Values it was computed from, for backpropagation."""

    def __init__(self, data, _children=(), _op=""):
        self.data = data
        self.grad = 0.0
        # _children: the Values that this one was computed from
        # _op: the name of the operation, useful for debugging

    def __add__(self, other):
        """Returns self + other, where other is a Value or a number."""
        raise NotImplementedError

    def __mul__(self, other):
        """Returns self * other, where other is a Value or a number."""
        raise NotImplementedError

    def __pow__(self, exponent):
        """Returns self ** exponent, where exponent is a number."""
        raise NotImplementedError

    def relu(self):
        """Returns self where it is positive, else 0."""
        raise NotImplementedError

    def backward(self):
        """For every Value v that self depends on, adds d(self)/dv to v.grad."""
        raise NotImplementedError

    # The following methods use the operations above.

    def __neg__(self):
        return self * -1

    def __sub__(self, other):
        return self + (-other)

    def __truediv__(self, other):
        return self * other**-1

    def __radd__(self, other):  # number + self
        return self + other

    def __rmul__(self, other):  # number * self
        return self * other

    def __rsub__(self, other):  # number - self
        return -self + other

    def __rtruediv__(self, other):  # number / self
        return self**-1 * other
