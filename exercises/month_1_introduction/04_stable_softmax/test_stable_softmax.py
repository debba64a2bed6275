"""Softmax: positive, sums to 1 along dim, right for scores of any size, and learnable through."""

import torch

from grader import general


def test_example(run):
    """The example of the task comes out right"""
    run.same("example", what="softmax of [1, 2, 3]")


def test_table(run):
    """In a table, each row sums to 1"""
    table = run("output")
    if isinstance(table, torch.Tensor) and table.shape == (3, 3):
        sums = table.sum(dim=-1).tolist()
        assert all(abs(total - 1) < 1e-4 for total in sums), (
            f"Each row of the result should sum to 1; yours sum to {[round(total, 3) for total in sums]}."
        )
    run.same("output", what="softmax of a 3 × 3 table")


def test_other_sizes(run):
    """Tables of any size work"""
    run.vary("output", what="softmax of a table")


def test_dimensions(run):
    """dim chooses the direction"""
    for dim in (0, 1, 2, -1, -2, -3):
        run.same("along", dim=dim, what=f"softmax along dim={dim} of a (2, 3, 4) tensor")
    run.same("stacked", what="softmax without dim of a (3, 3, 3) tensor", hint="dim is -1 then, the last.")


def test_huge_scores(run):
    """Scores of 10,000 do not overflow"""
    # 32-bit numbers around 10,000 lie 0.001 apart, so exp(x - logsumexp(x)) is right but rough
    hint = "Subtract the largest score before torch.exp."
    run.same("hundred_apart", what="softmax of [100, 0]", hint=hint)
    run.same("huge", what="softmax of [10000, 9999, -10000]", hint=hint, rtol=5e-3)
    run.same("tiny", what="softmax of [-10000, -9999]", hint=hint, rtol=5e-3)


def test_rows_far_apart(run):
    """Each row is shifted by its own largest score"""
    hint = "One row's largest score does not help another row: take the largest along dim."
    run.same("far_apart", what="softmax of three rows around 1000, -1000 and 0", hint=hint)


def test_against_torch(run):
    """It agrees with PyTorch's own softmax"""
    from grader.probing import numbers

    x = numbers(2, 3, 4, seed="scores") * 2
    run.equal(run("along", dim=1), torch.softmax(x, dim=1), what="softmax along dim=1")


# what holds in every exercise
test_dtype = general.dtypes("softmax")
test_device = general.device("softmax")
test_gradients = general.gradients()
test_no_memory = general.state("softmax")
test_manners = general.manners()
