"""Checks for `logistic_loss`: the mean loss, finite and differentiable for logits of any size."""

import math

import torch

from exercises.kit import common_checks

SAFE = "Compute ln(1 + e^z) − y · z with torch.logaddexp, which needs neither p nor e^z."


def test_example(run):
    """The worked example gives the expected result

    Page: "result (0.974 + 3.530) / 2 = 2.252"
    """
    run.same("example", what="`logistic_loss(x, w, b, y)` for the worked example")


def test_one_example(run):
    """The loss of one example is −ln p or −ln(1 − p)

    Page: "losses (N,) −ln p where y is 1 −ln(1 − p) where y is 0"
    """
    for logit, y in ((0.0, 1.0), (0.0, 0.0), (2.0, 1.0), (2.0, 0.0), (-1.0, 1.0)):
        p = 1 / (1 + math.exp(-logit))
        expected = f"−ln {p:.3f}" if y else f"−ln(1 − {p:.3f})"
        run.same("single", logit=logit, y=y, what=f"loss of one example with logit {logit:g} and y = {y:g}",
                 hint=f"The loss is {expected}.")  # fmt: skip


def test_a_number(run):
    """The loss is a 0-dimensional tensor

    Page: "The result is a 0-dimensional tensor"
    """
    loss = run("output")
    assert isinstance(loss, torch.Tensor), (
        "Your `logistic_loss(x, w, b, y)` is not a tensor; return the tensor, not .item(): training calls backward."
    )
    assert loss.dim() == 0, (
        f"Your `logistic_loss(x, w, b, y)` for 5 examples has shape {tuple(loss.shape)}; it should have shape (), the "
        "mean of the losses."
    )


def test_other_sizes(run):
    """Other numbers of examples and features work

    Page: "x (N, D) N examples of D features"
    """
    run.vary("output", what="`logistic_loss(x, w, b, y)`")
    for b, loss, expected in zip((-2, 0, 2), run("bias"), run.reference("bias"), strict=True):
        run.equal(loss, expected, what=f"`logistic_loss(x, w, b, y)` for b = {b}", hint="Add b to every logit.")


def test_far(run):
    """Logits of ±100 give the right loss and gradients

    Page: "Logits of ±100 must give a finite loss, and a wrong answer a gradient that is not 0"
    """
    cases = [(logit, y) for logit in (100.0, -100.0) for y in (1.0, 0.0)]
    for logit, y in cases:
        run("single", logit=logit, y=y)  # all of them, to tell apart mistakes that differ in some
    run("gradient_far")
    for logit, y in cases:
        run.same("single", logit=logit, y=y, what=f"loss of one example with logit {logit:g} and y = {y:g}",
                 hint=SAFE)  # fmt: skip
    data, expected = run("gradient_far"), run.reference("gradient_far")
    for name in ("weights", "bias"):
        what = f"gradient of the {name} for logits of ±100"
        run.equal(data[name], expected[name], what=what, rtol=1e-3, hint=SAFE)


# General checks
test_dtype = common_checks.dtypes("loss")
test_device = common_checks.device("loss")
test_gradients = common_checks.gradients()
test_no_memory = common_checks.state("loss")
test_manners = common_checks.manners()
