class Value:
    """A number that remembers how it was made, so that gradients can flow back through it."""

    def __init__(self, data, _children=(), _op=""):
        self.data = data
        self.grad = 0.0
        # _children: the Values that this one was computed from; _op: how, for people to read

    def __add__(self, other):
        """self + other, where other is a Value or a number."""
        raise NotImplementedError

    def __mul__(self, other):
        """self * other, where other is a Value or a number."""
        raise NotImplementedError

    def __pow__(self, exponent):
        """self ** exponent, where exponent is a number."""
        raise NotImplementedError

    def relu(self):
        """self where it is positive, else 0."""
        raise NotImplementedError

    def backward(self):
        """Adds to .grad of every Value that self was computed from the slope of self with respect to it."""
        raise NotImplementedError

    # what the four operations above give

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
