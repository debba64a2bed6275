"""Checks for `standardize`: mean 0, biased standard deviation 1, zeros for a constant column."""

import torch

from exercises.kit import common_checks


def test_example(run):
    """The worked example gives the expected result

    Page: "result (N, F) centered / (std + eps)"
    """
    run.same("example", what="`standardize(X)` for the worked example")


def test_mean(run):
    """Each column has mean 0

    Page: "Each column of the result has mean 0"
    """
    means = run("output").mean(dim=0).tolist()
    assert all(abs(mean) < 1e-4 for mean in means), (
        f"The columns of your `standardize(X)` for 5 × 3 numbers have the means {[round(mean, 3) for mean in means]}; "
        "each should be 0: subtract the mean of each column."
    )


def test_std(run):
    """Each column has standard deviation 1

    Page: "Use the *biased* one, which divides by N"
    """
    stds = run("output").std(dim=0, correction=0).tolist()
    assert all(abs(std - 1) < 1e-4 for std in stds), (
        f"The columns of your `standardize(X)` for 5 × 3 numbers have the standard deviations "
        f"{[round(std, 3) for std in stds]}; each should be 1. Divide by the standard deviation of each column, which "
        "divides by N."
    )


def test_other_sizes(run):
    """Tables of other sizes work

    Page: "X (N, F) N examples of F features"
    """
    run.vary("output", what="`standardize(X)`")
    run.same("square", what="`standardize(X)` for 4 × 4 numbers", hint="Standardize each column on its own: dim=0.")
    run.same("one_row", what="`standardize(X)` for a single row")


def test_constant_column(run):
    """A constant column becomes zeros

    Page: "turns the column into zeros"
    """
    column = run("constant")[..., 0]
    assert column.abs().max() < 1e-4, (
        f"Your `standardize(X)` turns the column [2, 2, 2, 2] into {[round(x, 3) for x in column.tolist()]}; it should "
        "be zeros. Subtract the mean, and divide by std + eps: 0 / 0 is NaN."
    )


def test_scale(run):
    """The scale of the data does not matter

    Page: "the scale of a column does not matter any more"
    """
    usual, small = run("output"), run("small")
    assert torch.allclose(usual, small, rtol=2e-3, atol=1e-4, equal_nan=True), (
        "Your `standardize(X)` and `standardize(0.003 * X)` differ; they should be equal. Is eps 1e-8 by default, and "
        "do you divide by the standard deviation?"
    )


def test_eps_argument(run):
    """The eps argument is used

    Page: "a large eps shrinks the result"
    """
    maxima = [float(run("large_eps", eps=eps).abs().max()) for eps in (0.0, 100.0)]
    assert maxima[1] < 0.8 * maxima[0], (
        f"The largest number of your `standardize(X, eps=100)` is {maxima[1]:.3f}, and with eps=0 it is "
        f"{maxima[0]:.3f}; eps should shrink it: divide by std + eps."
    )


# General checks
test_dtype = common_checks.dtypes("`standardize(X)`")
test_device = common_checks.device("`standardize(X)`")
test_gradients = common_checks.gradients()
test_no_memory = common_checks.state("`standardize(X)`")
test_manners = common_checks.manners()
