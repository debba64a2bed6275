"""Checks for `cross_entropy`: the mean loss over the targets that are not ignored, for scores of any size."""

import math

import torch

from exercises.kit import common_checks

SAFE = "Compute ln Σ e^x − x_target with torch.logsumexp, which needs no probability."
UNLIKELY = [
    ([[50.0, -60.0]], [1]),  # a probability of e^-110, for which neither exponential overflows
    ([[200.0, 0.0], [0.0, 0.0]], [1, 1]),
    ([[10_000.0, 0.0, -10_000.0]], [2]),
]
LARGE = [([[1000.0, 1001.0, 1002.0]], [0]), ([[-1000.0, -1001.0, -1002.0]], [2])]


def total(loss):
    """The sum of a loss that is a number or has one number per example."""
    return float(torch.as_tensor(loss).sum())


def check_extremes(run, cases):
    """Compares the losses of scores that are far apart or large."""
    for rows, targets in cases:
        run("extreme", rows=rows, targets=targets)  # all of them, to tell apart mistakes that differ in some
    for rows, targets in cases:
        what = f"`cross_entropy(logits, {targets})` for logits {[[int(score) for score in row] for row in rows]}"
        run.same("extreme", rows=rows, targets=targets, what=what, rtol=1e-3, hint=SAFE)


def test_example(run):
    """The worked example gives the expected result

    Page: "loss = (0.408 + 1.099) / 2 = 0.753"
    """
    run.same("example", what="`cross_entropy(logits, targets)` for the worked example")


def test_a_number(run):
    """The loss is a 0-dimensional tensor

    Page: "loss () mean of −ln p(target), a 0-dimensional tensor"
    """
    loss = run("output")
    assert isinstance(loss, torch.Tensor), (
        "Your `cross_entropy(logits, targets)` is not a tensor; it should be: training calls backward on it."
    )
    assert loss.dim() == 0, (
        f"Your `cross_entropy(logits, targets)` for 5 examples has shape {tuple(loss.shape)}; it should have shape (), "
        "the mean of the losses."
    )


def test_ignored(run):
    """Ignored targets do not change the loss of the others

    Page: "are left out of both the sum and the number of examples that you divide by"
    """
    for index, number in ((-100, 1), (-100, 4), (-1, 2), (0, 2), (7, 2)):
        data = run("ignored", index=index, number=number)
        together, alone = total(data["all"]), total(data["rest"])
        assert math.isclose(together, alone, rel_tol=1e-4, abs_tol=1e-5) or math.isnan(alone), (
            f"Your `cross_entropy(logits, targets, ignore_index={index})` is {together:.4f} for 5 examples, {number} "
            f"ignored, and {alone:.4f} for the other {5 - number} alone; the two should be equal. Leave ignored "
            "examples out of both the sum and the number that you divide by."
        )


def test_unlikely(run):
    """A very unlikely class has the right, finite loss

    Page: "so the loss is always finite"
    """
    check_extremes(run, UNLIKELY)


def test_large_scores(run):
    """Scores of 1,000 do not overflow

    Page: "for scores of any size"
    """
    check_extremes(run, LARGE)


def test_other_sizes(run):
    """Other numbers of examples and classes give the right loss

    Page: "logits (N, C) a score for each of C classes, for N examples"
    """
    run.vary("output", what="`cross_entropy(logits, targets)`")
    run.same("square", what="`cross_entropy(logits, targets)` for 4 examples of 4 classes",
             hint="Each row is an example and each column a class.")  # fmt: skip
    run.same("default_ignored", what="`cross_entropy(logits, [1, -100, 2])`", hint="ignore_index is -100 by default.")


# General checks
test_dtype = common_checks.dtypes("loss")
test_device = common_checks.device("loss")
test_gradients = common_checks.gradients()
test_no_memory = common_checks.state("loss")
test_manners = common_checks.manners()
