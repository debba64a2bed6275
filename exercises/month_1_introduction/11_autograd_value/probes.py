"""Probes for `Value`. Each returns plain numbers."""

import random

from exercises.kit import Int, ProbeProblem, summarized_by

EXPRESSIONS = {
    "a + b": lambda a, b: a + b,
    "a * b": lambda a, b: a * b,
    "a - b": lambda a, b: a - b,
    "a / b": lambda a, b: a / b,
    "-a + b": lambda a, b: -a + b,
    "a ** 3 + b ** 2": lambda a, b: a**3 + b**2,
    "a ** -2 * b": lambda a, b: a**-2 * b,
    "a ** 0.5 + b": lambda a, b: a**0.5 + b,
    "a ** 1 + b": lambda a, b: a**1 + b,
    "a.relu() * b": lambda a, b: a.relu() * b,
    "a * b.relu()": lambda a, b: a * b.relu(),
    "(a * b).relu() + a": lambda a, b: (a * b).relu() + a,
    "a + 3": lambda a, b: a + 3,
    "3 + a": lambda a, b: 3 + a,
    "a * 4": lambda a, b: a * 4,
    "4 * a": lambda a, b: 4 * a,
    "a - 5": lambda a, b: a - 5,
    "5 - a": lambda a, b: 5 - a,
    "a / 4": lambda a, b: a / 4,
    "6 / a": lambda a, b: 6 / a,
    "sum([a, b, a])": lambda a, b: sum([a, b, a]),
    "a + a": lambda a, b: a + a,
    "a * a": lambda a, b: a * a,
    "(a * b) * (a + b)": lambda a, b: (a * b) * (a + b),
    "a * b + a": lambda a, b: a * b + a,
    "(a + b) ** 2 * (a + b)": lambda a, b: (a + b) ** 2 * (a + b),
}


def outcome(result, **leaves):
    """Calls result.backward(); returns the data of the result and the gradients of the leaves."""
    if not hasattr(result, "data") or not hasattr(result, "backward"):
        raise ProbeProblem(f"An operation on Values should return a Value; yours returns a {type(result).__name__}.")
    result.backward()
    return {"data": result.data, "grad": {name: leaf.grad for name, leaf in leaves.items()}}


def expression(impl, text="a + b", a=4.0, b=-3.0):
    """The data and gradients of an expression in EXPRESSIONS."""
    a, b = impl.Value(a), impl.Value(b)
    return outcome(EXPRESSIONS[text](a, b), a=a, b=b)


def example(impl):
    """The worked example, with the gradients of all Values."""
    a, b = impl.Value(2.0), impl.Value(-3.0)
    c = a * b
    d = c + a
    return outcome(d, a=a, b=b, c=c, d=d)


def fresh(impl):
    """The data and grad of new Values."""
    plain, named = impl.Value(2.5), impl.Value(-1.0, (), "input")
    return {"data": [plain.data, named.data], "grad": [plain.grad, named.grad]}


def shared(impl):
    """A Value b that is used directly and through c: its grad is complete only after c is processed."""
    a = impl.Value(3.0)
    b = a + 1
    c = b * b
    d = b + c
    return outcome(d, a=a, b=b, c=c)


def shared_late(impl):
    """The same as `shared`, with the operands in the opposite order."""
    a = impl.Value(3.0)
    b = a * 2
    c = b**2
    d = c * b
    e = d + c
    return outcome(e + b, a=a, b=b, c=c, d=d)


def same_numbers(impl):
    """Different Values with equal data."""
    a, b, c = impl.Value(2.0), impl.Value(2.0), impl.Value(2.0)
    return outcome((a * b) * (c + 2), a=a, b=b, c=c)


def deep(impl, doublings: Int[1, 8] = 6):
    """A chain in which each step uses the previous Value twice."""
    a = impl.Value(1.5)
    x = a
    for _ in range(doublings):
        x = x + x * 0.5
    return outcome(x, a=a)["grad"]["a"]


def neuron(impl):
    """The squared error of a single neuron."""
    x, w = [0.5, -1.5], [impl.Value(0.8), impl.Value(-0.4)]
    bias = impl.Value(0.1)
    out = (sum(weight * feature for weight, feature in zip(w, x, strict=True)) + bias).relu()
    return outcome((out - 2) ** 2, w0=w[0], w1=w[1], bias=bias)


def mixture(impl, seed: Int[0, 40] = 0):
    """A random expression of several operations."""
    rng = random.Random(seed)
    leaves = {name: impl.Value(rng.choice((-1, 1)) * rng.uniform(0.5, 1.5)) for name in "abc"}
    values = list(leaves.values())
    for _ in range(6):
        a, b = rng.choice(values), rng.choice(values[-3:])
        operation = rng.choice("+*-nrpm")
        values.append({
            "+": lambda a=a, b=b: a + b,
            "*": lambda a=a, b=b: a * b,
            "-": lambda a=a, b=b: a - b,
            "n": lambda a=a, b=b: 1 - a * 0.5,
            "r": lambda a=a, b=b: b.relu() + a,
            "p": lambda a=a, b=b: b**2 + 0.3,
            "m": lambda a=a, b=b: a / (b * b + 1),
        }[operation]())  # fmt: skip
    return outcome(values[-1] + values[-2] * values[-3], **leaves)


def accumulation(data):
    """The gradient after both calls and the sum of the gradients of each alone. They count as equal if an intermediate
    Value passes its first grad on again."""
    total = data["first"] + data["second"]
    passed_again = data["shared"] and abs(data["both"] - total - data["first"]) < 1e-6
    return {"both": total if passed_again else data["both"], "sum": total}


@summarized_by(accumulation)
def twice(impl, shared=False):
    """The gradient of a after backward from a first result, and then from a second, and that of the second alone. The
    results share the Value 2a, or only a."""

    def gradient(*results):
        a = impl.Value(2.0)
        doubled = a * 2
        first, second = (doubled + 1, doubled * 3) if shared else (a * 2 + 1, a * 6)
        for result in results:
            (first if result == 1 else second).backward()
        return a.grad

    return {"first": gradient(1), "second": gradient(2), "both": gradient(1, 2), "shared": shared}


def untouched(impl):
    """The data of all Values, before and after backward."""
    a, b = impl.Value(2.0), impl.Value(-3.0)
    c = a * b
    d = (c + a).relu()
    before = [a.data, b.data, c.data, d.data]
    d.backward()
    return {"before": before, "after": [a.data, b.data, c.data, d.data]}


def apart(impl):
    """The gradients of Values that the result does not depend on, which stay 0."""
    a, b, c = impl.Value(2.0), impl.Value(3.0), impl.Value(4.0)
    unrelated = b * c
    return outcome(a * b, a=a, b=b, c=c, unrelated=unrelated)
