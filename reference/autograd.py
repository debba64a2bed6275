"""Scalar automatic differentiation in reverse mode (book, section A.4; Linnainmaa, 1970).

Each operation stores its local derivatives, those of the result with respect to each operand. By the chain rule,
a gradient is the sum over all paths of the product of the local derivatives along the path.
"""


class Value:
    """A number in a computation graph. After result.backward(), `grad` holds the derivative of result by it."""

    def __init__(self, data: float, _children: "tuple[Value, ...]" = (), _op: str = "") -> None:
        self.data = data
        self.grad = 0.0
        self._children = _children  # the operands
        self._slopes: tuple[float, ...] = ()  # the derivative of data with respect to each operand
        self._op = _op

    def __add__(self, other: "Value | float") -> "Value":
        other = as_value(other)
        total = Value(self.data + other.data, (self, other), "+")
        total._slopes = (1.0, 1.0)
        return total

    def __mul__(self, other: "Value | float") -> "Value":
        other = as_value(other)
        product = Value(self.data * other.data, (self, other), "*")
        product._slopes = (other.data, self.data)
        return product

    def __pow__(self, exponent: float) -> "Value":
        power = Value(self.data**exponent, (self,), f"**{exponent}")
        power._slopes = (exponent * self.data ** (exponent - 1),)
        return power

    def relu(self) -> "Value":
        """max(0, self)."""
        rectified = Value(max(0.0, self.data), (self,), "relu")
        rectified._slopes = (1.0 if self.data > 0 else 0.0,)
        return rectified

    def backward(self) -> None:
        """For every value v that self depends on, adds d(self)/dv to v.grad."""
        order: list[Value] = []
        seen: set[Value] = set()

        def visit(node: "Value") -> None:
            if node not in seen:
                seen.add(node)
                for child in node._children:
                    visit(child)
                order.append(node)  # after all its operands

        visit(self)
        # the derivatives of this call; adding them to grad at once would propagate those of earlier calls again
        gradients = dict.fromkeys(order, 0.0)
        gradients[self] = 1.0
        for node in reversed(order):  # a node's gradient is complete before it is propagated
            node.grad += gradients[node]
            for child, slope in zip(node._children, node._slopes, strict=True):
                gradients[child] += slope * gradients[node]

    def __neg__(self) -> "Value":
        return self * -1.0

    def __sub__(self, other: "Value | float") -> "Value":
        return self + -as_value(other)

    def __truediv__(self, other: "Value | float") -> "Value":
        return self * as_value(other) ** -1.0

    def __radd__(self, other: float) -> "Value":
        return self + other

    def __rmul__(self, other: float) -> "Value":
        return self * other

    def __rsub__(self, other: float) -> "Value":
        return as_value(other) - self

    def __rtruediv__(self, other: float) -> "Value":
        return as_value(other) / self

    def __repr__(self) -> str:
        return f"Value(data={self.data}, grad={self.grad})"


def as_value(number: "Value | float") -> "Value":
    """Converts a plain number to a Value; returns a Value unchanged."""
    return number if isinstance(number, Value) else Value(number)
