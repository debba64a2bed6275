"""Your Values compute an expression and its gradients, and learn a straight line from five points."""

from exercises.drawings import Curves, Node, Table, Tree
from exercises.kit import Float

POINTS = ((-2.0, -3.1), (-1.0, -0.9), (0.0, 1.2), (1.0, 2.9), (2.0, 5.1))
STEPS, RATE = 40, 0.04


def expression(impl, a, b):
    """L = (a · b + a)², with its steps by name."""
    a, b = impl.Value(a), impl.Value(b)
    c = a * b
    d = c + a
    return {"a": a, "b": b, "c = a · b": c, "d = c + a": d, "L = d²": d**2}


def draw(impl, a: Float[-5, 5] = 2.0, b: Float[-5, 5] = -3.0):
    steps = expression(impl, a, b)
    steps["L = d²"].backward()

    def node(name, *children):
        return Node(f"{name}   data {steps[name].data:.4g}   grad {steps[name].grad:.4g}", list(children))

    graph = node("L = d²", node("d = c + a", node("c = a · b", node("a"), node("b")), node("a")))
    small = 1e-5
    loss = steps["L = d²"].data
    moved = (expression(impl, a + small, b), expression(impl, a, b + small))
    measured = [(values["L = d²"].data - loss) / small for values in moved]
    rows = [[name, float(steps[name].grad), slope] for name, slope in zip("ab", measured, strict=True)]
    w, bias = impl.Value(0.0), impl.Value(0.0)
    losses = []
    for step in range(STEPS):
        error = sum(((w * x + bias - y) ** 2 for x, y in POINTS), impl.Value(0.0)) * (1 / len(POINTS))
        losses.append((step, error.data))
        w.grad = bias.grad = 0.0
        error.backward()
        w.data, bias.data = w.data - RATE * w.grad, bias.data - RATE * bias.grad
    return [
        Tree(graph, title="L = (a · b + a)², computed from below",
             caption="a is used twice, so its grad is the sum of what arrives on both paths."),
        Table(["", "grad by backward", "slope measured"], rows, title="Your gradients against a measurement",
              caption=f"The slope is the change of L, divided by {small:g}, when the number grows by {small:g}."),
        Curves({"loss": losses}, x="step", y="mean squared error", title="A straight line learned from five points",
               caption=f"After {STEPS} steps: y = {w.data:.2f} · x + {bias.data:.2f}, loss {losses[-1][1]:.3f}."),
    ]  # fmt: skip
