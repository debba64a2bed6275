"""Gradients from scratch: numbers that remember how they were made (book, section A.4; Linnainmaa, 1970).

Each operation keeps its slopes, how much the result grows for each unit that an operand grows. The chain rule
multiplies them along every path from the result back to a number, and adds up the paths.
"""


class Value:
    """One number. `grad` is the slope of a result with respect to it, after result.backward()."""

    def __init__(self, data: float, _children: "tuple[Value, ...]" = (), _op: str = "") -> None:
        self.data = data
        self.grad = 0.0
        self._children = _children  # the values it was computed from …
        self._slopes: tuple[float, ...] = ()  # … and its slope with respect to each
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
        """Itself where it is positive, else 0."""
        rectified = Value(max(0.0, self.data), (self,), "relu")
        rectified._slopes = (1.0 if self.data > 0 else 0.0,)
        return rectified

    def backward(self) -> None:
        """Adds to the grad of every value that this one was computed from, directly or not."""
        order: list[Value] = []
        seen: set[Value] = set()

        def visit(node: "Value") -> None:
            if node not in seen:
                seen.add(node)
                for child in node._children:
                    visit(child)
                order.append(node)  # after all that it was computed from

        visit(self)
        self.grad = 1.0
        for node in reversed(order):  # a node's grad is complete before it is handed on
            for child, slope in zip(node._children, node._slopes, strict=True):
                child.grad += slope * node.grad

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
    """A plain number as a Value; a Value as it is."""
    return number if isinstance(number, Value) else Value(number)
