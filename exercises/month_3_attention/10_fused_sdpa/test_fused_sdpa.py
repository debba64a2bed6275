"""Checks the order of queries, keys and values, the mask, dropout, and the match with MultiHeadAttention."""

import torch

from exercises.kit import common_checks


def test_output(run):
    """The output is correct"""
    run.same("output", what="output")


def test_other_sizes(run):
    """It works for any batch size, sequence length, vector size and number of heads"""
    run.vary("output", what="output", cases=8)


def test_against_multi_head_attention(run):
    """The result matches MultiHeadAttention with the same weights"""
    from exercises.kit import tokens, values_for

    x = tokens(2, 5, 6)
    thirds = values_for("qkv.weight", torch.empty(24, 6)).chunk(3)  # of W_query, W_key and W_value
    heads = [(x @ third.T).view(2, 5, 2, 4).transpose(1, 2) for third in thirds]
    context = torch.nn.functional.scaled_dot_product_attention(*heads, is_causal=True).transpose(1, 2).flatten(2)
    expected = context @ values_for("proj.weight", torch.empty(8, 8)).T + values_for("proj.bias", torch.empty(8))
    run.equal(
        run("output"),
        expected,
        what="output",
        hint="The rows of qkv's weight should be those of W_query, then of W_key, then of W_value.",
    )


def test_future_is_hidden(run):
    """No token attends to later tokens"""
    data = run("perturbed")
    run.equal(
        data["after"][:, :3],
        data["before"][:, :3],
        what="output for the first three tokens after a change of the later tokens",
    )
    run.equal(data, run.reference("perturbed"), what="output")


def test_refuses_what_does_not_divide(run):
    """A num_heads that does not divide d_out raises an error"""
    for case, is_refused in run("indivisible").items():
        assert is_refused, f"With {case} __init__ should raise an error; yours does not."


def test_bias(run):
    """qkv has a bias only if qkv_bias is True; proj always has one"""
    actual, expected = run("biases"), run.reference("biases")
    for case, layers in expected.items():
        for name, should in layers.items():
            has = actual[case][name]
            assert has == should, f"With {case}, your {name} {'has a' if has else 'has no'} bias."
    run.same("with_bias", what="output with qkv_bias=True")


def test_arguments(run):
    """Arguments have the book's names and defaults"""
    run.same("by_name", what="output with four heads")


def test_dropout_while_training(run):
    """Attention weights are dropped in training"""
    data = run("dropped")
    assert data["share"], (
        "With dropout=0.4 your code never drops the first token's attention weight. Pass dropout_p to "
        "scaled_dot_product_attention in training."
    )
    assert data["whole"], (
        "Your code drops single numbers of a head's output. Drop attention weights instead: dropout_p."
    )
    assert data["independent"], (
        "Your code drops the same weights in every head or sequence; draw a random number for each weight."
    )
    assert data["share"] == 0.4, (
        f"With dropout=0.4 your code drops about {data['share']:.0%} of the weights; it should drop 40%."
    )
    run.equal(data, run.reference("dropped"), what="dropout")


def test_no_dropout_in_evaluation(run):
    """Nothing is dropped in evaluation mode"""
    run.same(
        "in_evaluation",
        what="output in evaluation mode",
        hint="scaled_dot_product_attention applies dropout_p in any mode: pass 0.0 unless self.training.",
    )


# General checks
test_dtype = common_checks.dtypes("output")
test_device = common_checks.device("output", "Is a tensor created without device=x.device?")
test_registered = common_checks.weights()
test_gradients = common_checks.gradients(title="Gradients reach every weight")
test_no_memory = common_checks.state("output")
test_manners = common_checks.manners()
