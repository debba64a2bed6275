"""standardize: every column has mean 0 and biased standard deviation 1; a constant column becomes zeros."""

import torch

from grader import general


def test_example(run):
    """The example of the task comes out right"""
    run.same("example", what="table for the example", hint="Columns are features: dim=0 goes down a column.")


def test_mean(run):
    """Each column has mean 0"""
    table = run("output")
    if isinstance(table, torch.Tensor) and table.shape == (5, 3):
        means = table.mean(dim=0).tolist()
        assert all(abs(mean) < 1e-4 for mean in means), (
            f"Each column of the result should have mean 0; yours have {[round(mean, 3) for mean in means]}."
        )
    run.same("output", what="standardized table")


def test_std(run):
    """Each column has standard deviation 1"""
    table = run("output")
    if isinstance(table, torch.Tensor) and table.shape == (5, 3):
        stds = table.std(dim=0, correction=0).tolist()
        assert all(abs(std - 1) < 1e-4 for std in stds), (
            "Each column of the result should have the biased standard deviation 1 (divided by N, not N − 1); "
            f"yours have {[round(std, 3) for std in stds]}."
        )
    run.same("output", what="standardized table")


def test_other_sizes(run):
    """Tables of any size work"""
    run.vary("output", what="standardized table")
    run.same("square", what="standardized 4 × 4 table", hint="Each column by itself: dim=0.")


def test_constant_column(run):
    """A constant column becomes zeros"""
    hint = "Its standard deviation is 0, and 0 / 0 is NaN: divide by std + eps."
    run.same("constant", what="table with a constant first column", hint=hint)
    run.same("one_row", what="table of a single row", hint=hint)


def test_small_numbers(run):
    """Small numbers are scaled up all the way"""
    hint = "eps is 1e-8 unless the caller says otherwise; it must not weigh in."
    run.same("small", what="table of numbers around 0.003", hint=hint, rtol=2e-3, atol=1e-4)


def test_eps_argument(run):
    """eps can be given by name"""
    run.same("large_eps", eps=0.0, what="table with eps=0")
    # inside the root or outside, a large eps must shrink the result
    sizes = [float(run("large_eps", eps=eps).abs().max()) for eps in (0.0, 100.0)]
    assert sizes[1] < 0.8 * sizes[0], (
        f"With eps=100 your largest number is {sizes[1]:.3f}, with eps=0 it is {sizes[0]:.3f}: eps is not used."
    )


# what holds in every exercise
test_dtype = general.dtypes("standardized table")
test_device = general.device("standardized table")
test_gradients = general.gradients()
test_no_memory = general.state("standardized table")
test_manners = general.manners()
