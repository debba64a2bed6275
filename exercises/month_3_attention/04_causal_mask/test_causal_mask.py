"""Weights: 0 for the future, each row summing to 1, for any batch and any size of the scores."""

import torch

from grader import general


def test_example(run):
    """The example of the task comes out right"""
    run.same("example", what="weights")


def test_future_has_no_weight(run):
    """The future has weight 0"""
    weights = run("output")
    if isinstance(weights, torch.Tensor) and weights.shape == (4, 4) and not weights.isnan().any():
        for row in range(3):
            seen = round(float(weights[row, row + 1 :].abs().sum()), 3)
            assert seen == 0, f"Token {row} gives weight {seen} to the tokens after it; it should give 0."
    run.same("output", what="weights")


def test_future_has_no_influence(run):
    """The scores of the future do not matter"""
    data = run("perturbed")
    run.equal(
        data["after"][:2],
        data["before"][:2],
        what="weights of the first tokens after only scores of later tokens changed",
    )
    run.equal(data, run.reference("perturbed"), what="weights")


def test_rows(run):
    """Each row sums to 1"""
    weights = run("output")
    if isinstance(weights, torch.Tensor) and weights.shape == (4, 4):
        sums = [round(total, 3) for total in weights.sum(dim=-1).tolist()]
        assert all(abs(total - 1) < 1e-2 for total in sums), f"Each row should sum to 1; yours sum to {sums}."


def test_batches_and_heads(run):
    """It works with a batch, and with heads"""
    run.same("batch", what="weights of a batch")
    run.same("batch", sequences=3, length=3, what="weights of three sequences of three tokens")
    run.same("many_heads", what="weights of a batch with heads")


def test_other_sizes(run):
    """Any length works"""
    run.vary("output", what="weights", cases=4)
    run.vary("batch", what="weights of a batch", cases=4)
    run.vary("many_heads", what="weights of a batch with heads", cases=4)


def test_large_scores(run):
    """The size of the scores does not matter"""
    run.same(
        "shifted",
        by=-1000,
        what="weights for scores near -1000",
        rtol=1e-3,
        hint="Beside such scores only minus infinity is low enough to hide one.",
    )
    run.same("shifted", by=1000, what="weights for scores near 1000", rtol=1e-3)


# what holds in every exercise
test_dtype = general.dtypes("weights")
test_device = general.device("weights", hint="Make the mask with device=scores.device.")
test_gradients = general.gradients()
test_no_memory = general.state("weights")
test_manners = general.manners()
