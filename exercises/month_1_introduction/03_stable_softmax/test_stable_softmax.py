"""Checks for `softmax`: probabilities along dim, for scores of any size, with gradients."""

import torch

from exercises.kit import common_checks


def test_example(run):
    """The worked example gives the expected result

    Page: "divide by the sum [0.090, 0.245, 0.665]"
    """
    run.same("example", what="`softmax(x)` for x = [1, 2, 3]")


def test_table(run):
    """Each row of a matrix sums to 1

    Page: "positive numbers that sum to 1"
    """
    sums = run("output").sum(dim=-1).tolist()
    assert all(abs(total - 1) < 1e-4 for total in sums), (
        f"The rows of your `softmax(x)` for a 3 × 3 matrix sum to {[round(total, 3) for total in sums]}; each should "
        "sum to 1. Divide by the sum along dim."
    )


def test_huge_scores(run):
    """Scores of any size give finite probabilities

    Page: "nothing overflows, for scores of any size"
    """
    for row in ([100.0, 0.0], [10_000.0, 9_999.0, -10_000.0], [-10_000.0, -9_999.0]):
        probabilities = run("huge", row=row)
        assert torch.isfinite(probabilities).all(), (
            f"Your `softmax(x)` for x = {[int(score) for score in row]} is {probabilities.tolist()}; it should be "
            "finite. Subtract the largest score before torch.exp."
        )


def test_rows_apart(run):
    """Each row is independent of the others

    Page: "Each row has its own largest score"
    """
    data = run("far_apart")
    assert torch.allclose(data["together"], data["alone"], equal_nan=True), (
        "Your `softmax(x)` gives a row of a matrix other probabilities than the same row by itself. Take the largest "
        "score and the sum along dim, with keepdim=True."
    )


def test_dimensions(run):
    """dim selects the dimension

    Page: "`dim` selects the dimension along which the result sums to 1"
    """
    for dim in (0, 1, 2, -1, -2, -3):
        run.same("along", dim=dim, what=f"`softmax(x, dim={dim})` for x of shape (2, 3, 4)")
    run.same("stacked", what="`softmax(x)` for x of shape (3, 3, 3)", hint="The default is dim=-1.")


def test_other_sizes(run):
    """Scores of other shapes and sizes give the right probabilities

    Page: "x has any number of dimensions, and the result has the same shape"
    """
    run.vary("output", what="`softmax(x)` for a matrix")
    # float32 numbers near 10,000 are 0.001 apart, so the correct exp(x - logsumexp(x)) needs a wider tolerance
    for row in ([100.0, 0.0], [10_000.0, 9_999.0, -10_000.0], [-10_000.0, -9_999.0]):
        run.same("huge", row=row, what=f"`softmax(x)` for x = {[int(score) for score in row]}", rtol=5e-3)


# General checks
test_dtype = common_checks.dtypes("`softmax(x)`")
test_device = common_checks.device("`softmax(x)`")
test_gradients = common_checks.gradients()
test_no_memory = common_checks.state("`softmax(x)`")
test_manners = common_checks.manners()
