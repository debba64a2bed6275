"""Checks the scores, the softmax of each row, and the weighted sums."""

import torch

from exercises.kit import common_checks


def test_example(run):
    """The worked example gives the expected result"""
    run.same("example")


def test_rows(run):
    """Each row of the weights sums to 1"""
    weights = run("output")["weights"]
    if isinstance(weights, torch.Tensor) and weights.shape == (5, 5):
        sums = [round(total, 3) for total in weights.sum(dim=-1).tolist()]
        assert all(abs(total - 1) < 1e-2 for total in sums), f"Each row should sum to 1; yours sum to {sums}."
        assert bool((weights >= 0).all()), "Some of your weights are negative; a softmax returns only positive numbers."


def test_output(run):
    """The context and the weights are correct"""
    run.same("output")


def test_other_sizes(run):
    """It works for any number of tokens and any vector size"""
    run.vary("output")
    run.same("alone", hint="A sequence can have a single token, which attends to itself with weight 1.")


def test_against_torch(run):
    """The result matches PyTorch's attention"""
    from exercises.kit import tokens

    x = tokens(5, 4)
    expected = torch.nn.functional.scaled_dot_product_attention(x, x, x, scale=1.0)
    run.equal(run("output")["context"], expected, what="context")


# General checks
test_dtype = common_checks.dtypes("result")
test_device = common_checks.device("result")
test_gradients = common_checks.gradients()
test_no_memory = common_checks.state("result")
test_manners = common_checks.manners()
