"""Checks that later tokens get weight 0 and rows sum to 1, for all shapes and large scores."""

import torch

from exercises.kit import common_checks


def test_example(run):
    """The worked example gives the expected result"""
    run.same("example", what="weights")


def test_future_has_no_weight(run):
    """Later tokens get weight 0"""
    weights = run("output")
    if isinstance(weights, torch.Tensor) and weights.shape == (4, 4) and not weights.isnan().any():
        for row in range(3):
            total = round(float(weights[row, row + 1 :].abs().sum()), 3)
            assert total == 0, f"Token {row} gives weight {total} to later tokens; it should give 0."
    run.same("output", what="weights")


def test_future_has_no_influence(run):
    """The scores of later tokens have no influence"""
    data = run("perturbed")
    run.equal(
        data["after"][:2],
        data["before"][:2],
        what="weights of the first two tokens after a change of the scores of later tokens",
    )
    run.equal(data, run.reference("perturbed"), what="weights")


def test_rows(run):
    """Each row sums to 1"""
    weights = run("output")
    if isinstance(weights, torch.Tensor) and weights.shape == (4, 4):
        sums = [round(total, 3) for total in weights.sum(dim=-1).tolist()]
        assert all(abs(total - 1) < 1e-2 for total in sums), f"Each row should sum to 1; yours sum to {sums}."


def test_batches_and_heads(run):
    """It works with a batch and with heads"""
    run.same("batch", what="weights for a batch")
    run.same("batch", sequences=3, length=3, what="weights for three sequences of three tokens")
    run.same("many_heads", what="weights for a batch with heads")


def test_other_sizes(run):
    """It works for any number of tokens"""
    run.vary("output", what="weights", cases=4)
    run.vary("batch", what="weights for a batch", cases=4)
    run.vary("many_heads", what="weights for a batch with heads", cases=4)


def test_large_scores(run):
    """It works for scores of any magnitude"""
    run.same(
        "shifted",
        by=-1000,
        what="weights for scores near -1000",
        rtol=1e-3,
        hint="Only minus infinity is lower than all such scores.",
    )
    run.same("shifted", by=1000, what="weights for scores near 1000", rtol=1e-3)


# General checks
test_dtype = common_checks.dtypes("weights")
test_device = common_checks.device("weights", hint="Create the mask with device=scores.device.")
test_gradients = common_checks.gradients()
test_no_memory = common_checks.state("weights")
test_manners = common_checks.manners()
