"""Checks for `softmax`: probabilities along dim, for scores of any size, with gradients."""

import torch

from exercises.kit import common_checks


def test_example(run):
    """The worked example gives the expected result"""
    run.same("example", what="softmax of [1, 2, 3]")


def test_table(run):
    """Each row of a matrix sums to 1"""
    probabilities = run("output")
    if isinstance(probabilities, torch.Tensor) and probabilities.shape == (3, 3):
        sums = probabilities.sum(dim=-1).tolist()
        assert all(abs(total - 1) < 1e-4 for total in sums), (
            f"The rows of your result sum to {[round(total, 3) for total in sums]}; each should sum to 1."
        )
    run.same("output", what="softmax of a 3 × 3 matrix")


def test_other_sizes(run):
    """Matrices of other sizes work"""
    run.vary("output", what="softmax of a matrix")


def test_dimensions(run):
    """dim selects the dimension"""
    for dim in (0, 1, 2, -1, -2, -3):
        run.same("along", dim=dim, what=f"softmax along dim={dim} of a (2, 3, 4) tensor")
    run.same("stacked", what="softmax of a (3, 3, 3) tensor with the default dim", hint="The default is dim=-1.")


def test_huge_scores(run):
    """Scores of 10,000 do not overflow"""
    # float32 numbers near 10,000 are 0.001 apart, so the correct exp(x - logsumexp(x)) needs a wider tolerance
    hint = "Subtract the largest score before torch.exp."
    run.same("hundred_apart", what="softmax of [100, 0]", hint=hint)
    run.same("huge", what="softmax of [10000, 9999, -10000]", hint=hint, rtol=5e-3)
    run.same("tiny", what="softmax of [-10000, -9999]", hint=hint, rtol=5e-3)


def test_rows_far_apart(run):
    """Each row subtracts its own largest score"""
    hint = "Each row needs its own maximum: take the largest score along dim."
    run.same("far_apart", what="softmax of three rows around 1000, -1000 and 0", hint=hint)


def test_against_torch(run):
    """The result agrees with torch.softmax"""
    from exercises.kit import numbers

    x = numbers(2, 3, 4, seed="scores") * 2
    run.equal(run("along", dim=1), torch.softmax(x, dim=1), what="softmax along dim=1")


# General checks
test_dtype = common_checks.dtypes("softmax")
test_device = common_checks.device("softmax")
test_gradients = common_checks.gradients()
test_no_memory = common_checks.state("softmax")
test_manners = common_checks.manners()
