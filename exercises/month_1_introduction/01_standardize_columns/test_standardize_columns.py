"""Checks for `standardize`: mean 0, biased standard deviation 1, zeros for a constant column."""

import torch

from exercises.kit import common_checks


def test_example(run):
    """The worked example gives the expected result"""
    run.same("example", what="result for the worked example", hint="Columns are features: reduce over the rows, dim=0.")


def test_mean(run):
    """Each column has mean 0"""
    table = run("output")
    if isinstance(table, torch.Tensor) and table.shape == (5, 3):
        means = table.mean(dim=0).tolist()
        assert all(abs(mean) < 1e-4 for mean in means), (
            f"The columns of your result have the means {[round(mean, 3) for mean in means]}; each should be 0."
        )
    run.same("output", what="standardized table")


def test_std(run):
    """Each column has standard deviation 1"""
    table = run("output")
    if isinstance(table, torch.Tensor) and table.shape == (5, 3):
        stds = table.std(dim=0, correction=0).tolist()
        assert all(abs(std - 1) < 1e-4 for std in stds), (
            f"The columns of your result have the standard deviations {[round(std, 3) for std in stds]}; "
            "each should be 1, with the biased standard deviation, which divides by N."
        )
    run.same("output", what="standardized table")


def test_other_sizes(run):
    """Tables of other sizes work"""
    run.vary("output", what="standardized table")
    run.same("square", what="standardized 4 × 4 table", hint="Standardize each column on its own: dim=0.")


def test_constant_column(run):
    """A constant column becomes zeros"""
    hint = "The standard deviation is 0, and 0 / 0 is NaN: divide by std + eps."
    run.same("constant", what="table with a constant first column", hint=hint)
    run.same("one_row", what="table with a single row", hint=hint)


def test_small_numbers(run):
    """Columns of small numbers have standard deviation 1"""
    hint = "eps defaults to 1e-8, which is too small to change this result."
    run.same("small", what="table with numbers around 0.003", hint=hint, rtol=2e-3, atol=1e-4)


def test_eps_argument(run):
    """The eps argument is used"""
    run.same("large_eps", eps=0.0, what="table with eps=0")
    # a large eps shrinks the result, inside the square root or outside
    maxima = [float(run("large_eps", eps=eps).abs().max()) for eps in (0.0, 100.0)]
    assert maxima[1] < 0.8 * maxima[0], (
        f"Your largest number is {maxima[1]:.3f} with eps=100 and {maxima[0]:.3f} with eps=0; eps should shrink it: "
        "divide by std + eps."
    )


# General checks
test_dtype = common_checks.dtypes("standardized table")
test_device = common_checks.device("standardized table")
test_gradients = common_checks.gradients()
test_no_memory = common_checks.state("standardized table")
test_manners = common_checks.manners()
