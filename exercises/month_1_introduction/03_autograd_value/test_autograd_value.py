"""Value: the data of plain arithmetic, and PyTorch's gradients."""

import torch

from grader import general


def check(run, *texts, hint="", **numbers):
    for text in texts:
        given = ", ".join(f"{name} = {number:g}" for name, number in (({"a": 4.0, "b": -3.0}) | numbers).items())
        data = run("expression", text=text, **numbers)
        right = run.reference("expression", text=text, **numbers)
        run.equal(data["data"], right["data"], what=f"({text}).data for {given}")
        for name in ("a", "b"):
            what = f"{name}.grad after ({text}).backward() for {given}"
            run.equal(data["grad"][name], right["grad"][name], what=what, hint=hint)


def test_fresh(run):
    """A new Value has its number and a grad of 0"""
    run.same("fresh")


def test_example(run):
    """The example of the task comes out right"""
    data, right = run("example"), run.reference("example")
    run.equal(data["data"], right["data"], what="d.data")
    for name in ("d", "c", "b", "a"):
        run.equal(data["grad"][name], right["grad"][name], what=f"{name}.grad")


def test_plus_and_times(run):
    """+ and * hand on the right gradients"""
    check(run, "a + b", "a * b", "a * b + a")


def test_powers(run):
    """** follows the power rule"""
    check(run, "a ** 3 + b ** 2", "a ** -2 * b", "a ** 0.5 + b", "a ** 1 + b",
          hint="The slope of aⁿ is n · aⁿ⁻¹.")  # fmt: skip


def test_relu(run):
    """relu passes gradients where its input is positive"""
    check(run, "a.relu() * b", "a * b.relu()", "(a * b).relu() + a", hint="relu's slope is 1 above 0, and 0 below.")
    check(run, "(a * b).relu() + a", b=2.0)


def test_minus_and_over(run):
    """- and / work"""
    check(run, "a - b", "-a + b", "a / b")


def test_numbers(run):
    """Plain numbers may stand on either side"""
    check(run, "a + 3", "3 + a", "a * 4", "4 * a", "a - 5", "5 - a", "a / 4", "6 / a", "sum([a, b, a])")


def test_used_twice(run):
    """A Value that is used twice gets both gradients"""
    hint = "Two paths lead to it: add to grad (+=), and each Value hands its grad on once."
    check(run, "a + a", "a * a", "(a * b) * (a + b)", "(a + b) ** 2 * (a + b)", hint=hint)


def test_order(run):
    """A Value hands its grad on when it is complete"""
    hint = "List the Values with operands first (topological order), and go through the list backwards."
    run.same("shared", hint=hint)
    run.same("shared_late", hint=hint)
    run.vary("deep", hint=hint)


def test_same_numbers(run):
    """Values that hold the same number are not mixed up"""
    run.same("same_numbers", hint="Remember the Values that were visited, not their numbers.")


def test_neuron(run):
    """A neuron's gradients are right"""
    run.same("neuron")


def test_mixtures(run):
    """Long expressions come out right"""
    run.vary("mixture", cases=10)


def test_against_torch(run):
    """It agrees with PyTorch's own gradients"""
    a, b = (torch.tensor(number, dtype=torch.float64, requires_grad=True) for number in (4.0, -3.0))
    result = (a * b) * (a + b)
    result.backward()
    data = run("expression", text="(a * b) * (a + b)")
    run.equal(data["data"], result.item(), what="((a * b) * (a + b)).data for a = 4, b = -3")
    run.equal(data["grad"], {"a": a.grad.item(), "b": b.grad.item()}, what="dict of gradients of (a * b) * (a + b)")


def test_accumulates(run):
    """A second backward adds to the gradients"""
    run.same("twice", hint="backward adds to grad; only the caller sets it to 0 again.")


def test_untouched(run):
    """backward changes no data, and no Value beside the result"""
    run.same("untouched", what="list of data after backward")
    run.same("apart")


# what holds in every exercise
test_manners = general.manners("example")
