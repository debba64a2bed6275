"""One layer for three, cut in the agreed order; causal; dropped only in training; the same as by hand."""

import torch

from grader import general


def test_output(run):
    """The output is correct"""
    run.same("output", what="output")


def test_other_sizes(run):
    """It works for any batch size, sequence length, vector size and number of heads"""
    run.vary("output", what="output", cases=8)


def test_against_multi_head_attention(run):
    """It agrees with multi-head attention of the same weights"""
    from grader.probing import tokens, values_for
    from reference.attention import MultiHeadAttention

    known = MultiHeadAttention(6, 8, 5, 0.0, 2).eval()
    thirds = values_for("qkv.weight", torch.empty(24, 6)).chunk(3)
    with torch.no_grad():
        for layer, third in zip((known.W_query, known.W_key, known.W_value), thirds, strict=True):
            layer.weight.copy_(third)
        known.out_proj.weight.copy_(values_for("proj.weight", torch.empty(8, 8)))
        known.out_proj.bias.copy_(values_for("proj.bias", torch.empty(8)))
        expected = known(tokens(2, 5, 6))
    run.equal(
        run("output"),
        expected,
        what="output",
        hint="The rows of qkv's weight are those of W_query, then of W_key, then of W_value.",
    )


def test_future_is_hidden(run):
    """No token attends to later tokens"""
    data = run("perturbed")
    run.equal(
        data["after"][:, :3],
        data["before"][:, :3],
        what="output for the first three tokens after only later tokens changed",
    )
    run.equal(data, run.reference("perturbed"), what="output")


def test_refuses_what_does_not_divide(run):
    """A head count that does not divide d_out is refused"""
    for case, refused in run("indivisible").items():
        assert refused, f"With {case} an error must be raised when the module is made; yours accepts it."


def test_bias(run):
    """qkv_bias gives qkv a bias, and only then; proj always has one"""
    mine, right = run("biases"), run.reference("biases")
    for case, layers in right.items():
        for name, should in layers.items():
            has = mine[case][name]
            assert has == should, f"With {case}, {name} {'has a' if has else 'has no'} bias."
    run.same("with_bias", what="output with qkv_bias=True")


def test_arguments(run):
    """Arguments have the book's names and defaults"""
    run.same("by_name", what="output with four heads")


def test_dropout_while_training(run):
    """Attention weights are dropped in training"""
    data = run("dropped")
    assert data["share"], (
        "dropout=0.4 never drops the weight with which the first token sees itself. Pass dropout_p to "
        "scaled_dot_product_attention in training."
    )
    assert data["whole"], "Single numbers of a head's output are dropped. Drop the attention weights: dropout_p."
    assert data["alone"], "The same weights are dropped in every head or sequence; each has its own luck."
    assert data["share"] == 0.4, f"With dropout=0.4 you drop about {data['share']:.0%} of the weights."
    run.equal(data, run.reference("dropped"), what="dropout")


def test_no_dropout_in_evaluation(run):
    """Nothing is dropped in evaluation mode"""
    run.same(
        "in_evaluation",
        what="output in evaluation mode",
        hint="scaled_dot_product_attention drops whatever you tell it, in any mode: look at self.training.",
    )


# General checks
test_dtype = general.dtypes("output")
test_device = general.device("output", "Is a tensor made without device=x.device, or a mask no buffer?")
test_registered = general.weights()
test_gradients = general.gradients(title="Gradients reach every weight")
test_no_memory = general.state("output")
test_manners = general.manners()
