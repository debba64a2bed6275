"""What is asked of a Value. Everything comes back as plain numbers."""

import random

from grader.probing import Int, ProbeProblem

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
    """The result's number and the gradients after its backward."""
    if not hasattr(result, "data") or not hasattr(result, "backward"):
        raise ProbeProblem(f"An operation on Values should give a Value; yours gives a {type(result).__name__}.")
    result.backward()
    return {"data": result.data, "grad": {name: leaf.grad for name, leaf in leaves.items()}}


def expression(impl, text="a + b", a=4.0, b=-3.0):
    """One of the expressions above, forward and backward."""
    a, b = impl.Value(a), impl.Value(b)
    return outcome(EXPRESSIONS[text](a, b), a=a, b=b)


def example(impl):
    """The task's example, with every gradient on the way."""
    a, b = impl.Value(2.0), impl.Value(-3.0)
    c = a * b
    d = c + a
    return outcome(d, a=a, b=b, c=c, d=d)


def forward(impl):
    """Data alone, before any backward."""
    a, b = impl.Value(4.0), impl.Value(-3.0)
    return {text: getattr(make(a, b), "data", None) for text, make in EXPRESSIONS.items()}


def fresh(impl):
    """A Value as it is made."""
    one, named = impl.Value(2.5), impl.Value(-1.0, (), "input")
    return {"data": [one.data, named.data], "grad": [one.grad, named.grad]}


def shared(impl):
    """A value used at once and through another: its own grad is complete only after the other's."""
    a = impl.Value(3.0)
    b = a + 1
    c = b * b
    d = b + c
    return outcome(d, a=a, b=b, c=c)


def shared_late(impl):
    """The same with the operands the other way round."""
    a = impl.Value(3.0)
    b = a * 2
    c = b**2
    d = c * b
    e = d + c
    return outcome(e + b, a=a, b=b, c=c, d=d)


def same_numbers(impl):
    """Different Values that hold the same number."""
    a, b, c = impl.Value(2.0), impl.Value(2.0), impl.Value(2.0)
    return outcome((a * b) * (c + 2), a=a, b=b, c=c)


def deep(impl, doublings: Int[1, 8] = 6):
    """Each step uses the one before twice."""
    a = impl.Value(1.5)
    x = a
    for _ in range(doublings):
        x = x + x * 0.5
    return outcome(x, a=a)


def neuron(impl):
    """A neuron's squared error."""
    x, w = [0.5, -1.5], [impl.Value(0.8), impl.Value(-0.4)]
    bias = impl.Value(0.1)
    out = (sum(one * other for one, other in zip(w, x, strict=True)) + bias).relu()
    return outcome((out - 2) ** 2, w0=w[0], w1=w[1], bias=bias)


def mixture(impl, seed: Int[0, 40] = 0):
    """A random expression of some length."""
    chance = random.Random(seed)
    leaves = {name: impl.Value(chance.choice((-1, 1)) * chance.uniform(0.5, 1.5)) for name in "abc"}
    made = list(leaves.values())
    for _ in range(6):
        one, other = chance.choice(made), chance.choice(made[-3:])
        kind = chance.choice("+*-nrpm")
        made.append({
            "+": lambda one=one, other=other: one + other,
            "*": lambda one=one, other=other: one * other,
            "-": lambda one=one, other=other: one - other,
            "n": lambda one=one, other=other: 1 - one * 0.5,
            "r": lambda one=one, other=other: other.relu() + one,
            "p": lambda one=one, other=other: other**2 + 0.3,
            "m": lambda one=one, other=other: one / (other * other + 1),
        }[kind]())  # fmt: skip
    return outcome(made[-1] + made[-2] * made[-3], **leaves)


def twice(impl):
    """Two results over the same Value, each with its own backward."""
    a = impl.Value(2.0)
    (a * 3).backward()
    once = a.grad
    (a * 5 + 1).backward()
    return {"once": once, "both": a.grad}


def untouched(impl):
    """Numbers after backward are the numbers before."""
    a, b = impl.Value(2.0), impl.Value(-3.0)
    c = a * b
    d = (c + a).relu()
    d.backward()
    return [a.data, b.data, c.data, d.data]


def apart(impl):
    """Values that had no part in the result keep a grad of 0."""
    a, b, c = impl.Value(2.0), impl.Value(3.0), impl.Value(4.0)
    beside = b * c
    return outcome(a * b, a=a, b=b, c=c, beside=beside)
