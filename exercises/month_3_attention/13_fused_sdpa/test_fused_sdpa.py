"""Checks the order of queries, keys and values, the mask, dropout, and the match with MultiHeadAttention."""

import torch


def test_output(run):
    """The output is correct

    Page: "output      (B, T, d_out)      proj(context)"
    """
    run.same("output", what="result of `PyTorchMultiHeadAttention(6, 8, 2)(x)` for x of shape (2, 5, 6)")


def test_future_is_hidden(run):
    """No token attends to later tokens

    Page: "so that no token attends to later tokens"
    """
    data = run("perturbed")
    assert torch.allclose(data["before"][:, :3], data["after"][:, :3], atol=1e-5, equal_nan=True), (
        "Your output at positions 0 to 2 changes with the tokens at positions 3 and 4; pass is_causal=True."
    )


def test_against_multi_head_attention(run):
    """The result matches MultiHeadAttention with the same weights

    Page: "With weights copied accordingly, both modules compute the same output"
    """
    from exercises.kit import tokens, values_for

    x = tokens(2, 5, 6)
    thirds = values_for("qkv.weight", torch.empty(24, 6)).chunk(3)  # of W_query, W_key and W_value
    heads = [(x @ third.T).view(2, 5, 2, 4).transpose(1, 2) for third in thirds]
    context = torch.nn.functional.scaled_dot_product_attention(*heads, is_causal=True).transpose(1, 2).flatten(2)
    expected = context @ values_for("proj.weight", torch.empty(8, 8)).T + values_for("proj.bias", torch.empty(8))
    hint = "The rows of qkv's weight should be those of W_query, then of W_key, then of W_value."
    run.equal(run("output"), expected, what="result of `PyTorchMultiHeadAttention(6, 8, 2)(x)`", hint=hint)


def test_other_sizes(run):
    """It works for any batch size, sequence length, vector size and number of heads, with and without biases

    Page: "With H heads, each head has D = d_out / H numbers per token."
    """
    run.vary("output", what="output", cases=8)
    run.same("with_bias", what="output with qkv_bias=True")


def test_arguments(run):
    """Arguments have the names and defaults on the page

    Page: "PyTorchMultiHeadAttention(d_in, d_out, num_heads, dropout=0.0, qkv_bias=False)"
    """
    for actual, expected in zip(run("by_name"), run.reference("by_name"), strict=True):
        run.equal(actual, expected, what="output of a module with four heads, created with named arguments")


def test_refuses_what_does_not_divide(run):
    """A num_heads that does not divide d_out raises an error

    Page: "If `num_heads` does not divide `d_out`, raise an error in `__init__`."
    """
    for case, is_refused in run("indivisible").items():
        assert is_refused, f"With {case} __init__ should raise an error; yours does not."


def test_bias(run):
    """qkv has a bias only if qkv_bias is True; proj always has one

    Page: "`qkv` has a bias only if `qkv_bias` is True, `proj` always."
    """
    for case, layers in run("biases").items():
        for name, has in layers.items():
            should = name == "proj" or case == "qkv_bias=True"
            assert has == should, f"With {case}, your {name} {'has a' if has else 'has no'} bias."


def test_dropout_while_training(run):
    """Attention weights are dropped in training

    Page: "`dropout_p` drops attention weights"
    """
    data = run("dropped")
    assert data["share"], (
        "With dropout=0.4 your code never drops a single token's attention weight. Pass dropout_p in training."
    )
    assert data["whole"], "Your code drops single numbers of a head's output. Drop attention weights only: dropout_p."
    assert data["independent"], (
        "Your code drops the same weights in every head or sequence; draw a random number for each weight."
    )
    assert data["share"] == 0.4, (
        f"With dropout=0.4 your code drops about {data['share']:.0%} of the weights; it should drop 40%."
    )
    assert data["factors"] == [0.0, 1.67], (
        "With dropout=0.4 a weight should be multiplied by 0 or by 1 / (1 - 0.4) = 1.67; "
        f"yours are multiplied by {' or '.join(str(factor) for factor in data['factors'])}."
    )


def test_no_dropout_in_evaluation(run):
    """Nothing is dropped in evaluation mode

    Page: "pass 0.0 unless `self.training`"
    """
    data = run("in_evaluation")
    assert torch.allclose(data["with"], data["without"], atol=1e-5, equal_nan=True), (
        "In evaluation mode your output with dropout=0.4 differs from the one with dropout=0.0. "
        "Pass dropout_p=0.0 unless self.training."
    )
