"""Checks a head without a mask: projections, scaled scores, softmax over the keys, weighted sum."""

import torch

from grader import general


def test_output(run):
    """The context vectors are correct"""
    run.same("output", what="output")


def test_other_sizes(run):
    """It works for any sequence length and vector size"""
    run.vary("output", what="output")


def test_against_torch(run):
    """The result matches PyTorch's attention"""
    from grader.probing import tokens, values_for

    x = tokens(5, 6)
    q, k, v = (x @ values_for(name, torch.empty(6, 4)) for name in ("W_query", "W_key", "W_value"))
    run.equal(run("output"), torch.nn.functional.scaled_dot_product_attention(q, k, v), what="output")


# General checks
test_dtype = general.dtypes("output")
test_device = general.device("output")
test_registered = general.weights()
test_gradients = general.gradients(title="Gradients reach every weight")
test_no_memory = general.state("output")
test_manners = general.manners()
