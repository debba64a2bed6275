"""A head without a mask: projected, compared, scaled, softmaxed over the keys, mixed."""

import torch

from grader import general


def test_output(run):
    """The context vectors are right"""
    run.same("output", what="output")


def test_other_sizes(run):
    """Any length and width works"""
    run.vary("output", what="output")


def test_against_torch(run):
    """It agrees with PyTorch's own attention"""
    from grader.probing import tokens, values_for

    x = tokens(5, 6)
    q, k, v = (x @ values_for(name, torch.empty(6, 4)) for name in ("W_query", "W_key", "W_value"))
    run.equal(run("output"), torch.nn.functional.scaled_dot_product_attention(q, k, v), what="output")


# what holds in every exercise
test_dtype = general.dtypes("output")
test_device = general.device("output")
test_registered = general.weights()
test_gradients = general.gradients(title="Every weight learns")
test_no_memory = general.state("output")
test_manners = general.manners()
