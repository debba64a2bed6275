"""Checks for `Value`: the data of plain arithmetic, and the gradients of PyTorch."""

import torch

from exercises.kit import common_checks


def check(run, *texts, hint="", **numbers):
    """Compares the data and gradients of expressions in probes.EXPRESSIONS."""
    for text in texts:
        arguments = ", ".join(f"{name} = {number:g}" for name, number in (({"a": 4.0, "b": -3.0}) | numbers).items())
        data = run("expression", text=text, **numbers)
        expected = run.reference("expression", text=text, **numbers)
        run.equal(data["data"], expected["data"], what=f"({text}).data for {arguments}")
        for name in ("a", "b"):
            what = f"{name}.grad after ({text}).backward() for {arguments}"
            run.equal(data["grad"][name], expected["grad"][name], what=what, hint=hint)


def test_fresh(run):
    """A new Value stores its data and has grad 0"""
    run.same("fresh")


def test_example(run):
    """The worked example gives the expected result"""
    data, expected = run("example"), run.reference("example")
    run.equal(data["data"], expected["data"], what="d.data")
    for name in ("d", "c", "b", "a"):
        run.equal(data["grad"][name], expected["grad"][name], what=f"{name}.grad")


def test_plus_and_times(run):
    """+ and * pass on the right gradients"""
    check(run, "a + b", "a * b", "a * b + a")


def test_powers(run):
    """** passes on the right gradient"""
    check(run, "a ** 3 + b ** 2", "a ** -2 * b", "a ** 0.5 + b", "a ** 1 + b",
          hint="The slope of a ** n is n · a^(n − 1).")  # fmt: skip


def test_relu(run):
    """relu passes gradients on where its input is positive"""
    check(run, "a.relu() * b", "a * b.relu()", "(a * b).relu() + a", hint="The slope of relu is 1 where a > 0, else 0.")
    check(run, "(a * b).relu() + a", b=2.0)


def test_minus_and_over(run):
    """- and / pass on the right gradients"""
    check(run, "a - b", "-a + b", "a / b")


def test_numbers(run):
    """An operand can be a plain number, on either side"""
    check(run, "a + 3", "3 + a", "a * 4", "4 * a", "a - 5", "5 - a", "a / 4", "6 / a", "sum([a, b, a])")


def test_used_twice(run):
    """A Value that is used twice adds up both gradients"""
    hint = "Add to grad with +=, and let each Value pass its grad on exactly once."
    check(run, "a + a", "a * a", "(a * b) * (a + b)", "(a + b) ** 2 * (a + b)", hint=hint)


def test_order(run):
    """A Value passes its grad on only when it is complete"""
    hint = "List the Values in topological order, operands first, and process the list backwards."
    run.same("shared", hint=hint)
    run.same("shared_late", hint=hint)
    run.vary("deep", hint=hint)


def test_same_numbers(run):
    """Different Values with equal data are kept apart"""
    run.same("same_numbers", hint="Remember the visited Values themselves, not their data.")


def test_neuron(run):
    """The gradients of a neuron are right"""
    run.same("neuron")


def test_mixtures(run):
    """Long expressions have the right gradients"""
    run.vary("mixture", cases=10)


def test_against_torch(run):
    """The gradients agree with those of PyTorch"""
    a, b = (torch.tensor(number, dtype=torch.float64, requires_grad=True) for number in (4.0, -3.0))
    result = (a * b) * (a + b)
    result.backward()
    data = run("expression", text="(a * b) * (a + b)")
    run.equal(data["data"], result.item(), what="((a * b) * (a + b)).data for a = 4, b = -3")
    run.equal(data["grad"], {"a": a.grad.item(), "b": b.grad.item()}, what="dict of gradients of (a * b) * (a + b)")


def test_accumulates(run):
    """A second backward adds to the gradients"""
    run.same("twice", hint="backward adds to grad and never resets it to 0.")


def test_untouched(run):
    """backward changes neither data nor unrelated Values"""
    run.same("untouched", what="list of data after backward")
    run.same("apart")


# General checks
test_manners = common_checks.manners("example")
