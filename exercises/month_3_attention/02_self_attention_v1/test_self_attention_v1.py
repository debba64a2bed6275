"""Checks a head without a mask: projections, scaled scores, softmax over the keys, weighted sum."""

import torch

from exercises.kit import common_checks


def test_output(run):
    """The context vectors are correct"""
    run.same("output", what="output")


def test_other_sizes(run):
    """It works for any sequence length and vector size"""
    run.vary("output", what="output")


def test_against_torch(run):
    """The result matches PyTorch's attention"""
    from exercises.kit import tokens, values_for

    x = tokens(5, 6)
    q, k, v = (x @ values_for(name, torch.empty(6, 4)) for name in ("W_query", "W_key", "W_value"))
    run.equal(run("output"), torch.nn.functional.scaled_dot_product_attention(q, k, v), what="output")


# General checks
test_dtype = common_checks.dtypes("output")
test_device = common_checks.device("output")
test_registered = common_checks.weights()
test_gradients = common_checks.gradients(title="Gradients reach every weight")
test_no_memory = common_checks.state("output")
test_manners = common_checks.manners()
