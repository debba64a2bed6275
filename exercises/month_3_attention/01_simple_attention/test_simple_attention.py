"""Every pair of tokens scored, each row made weights, the tokens mixed by them."""

import torch

from grader import general


def test_example(run):
    """The example of the task comes out right"""
    run.same("example")


def test_rows(run):
    """Each row of the weights sums to 1"""
    weights = run("output")["weights"]
    if isinstance(weights, torch.Tensor) and weights.shape == (5, 5):
        sums = [round(total, 3) for total in weights.sum(dim=-1).tolist()]
        assert all(abs(total - 1) < 1e-2 for total in sums), f"Each row should sum to 1; yours sum to {sums}."
        assert bool((weights >= 0).all()), "Some weights are negative; a softmax makes none."


def test_output(run):
    """Context and weights are right"""
    run.same("output")


def test_other_sizes(run):
    """Any length and width works"""
    run.vary("output")
    run.same("alone", hint="A sequence may have just one token: it sees itself with weight 1.")


def test_against_torch(run):
    """It agrees with PyTorch's own attention"""
    from grader.probing import tokens

    x = tokens(5, 4)
    expected = torch.nn.functional.scaled_dot_product_attention(x, x, x, scale=1.0)
    run.equal(run("output")["context"], expected, what="context")


# what holds in every exercise
test_dtype = general.dtypes("result")
test_device = general.device("result")
test_gradients = general.gradients()
test_no_memory = general.state("result")
test_manners = general.manners()
