"""Checks a causal head: shapes, scale, mask, dropout in training, and moving between devices."""

import torch


def test_output(run):
    """The context vectors are correct

    Page: "context   (B, T, d_out)   weights · values"
    """
    run.same("output", what="result of `CausalAttention(6, 4, 5, 0.0)(x)` for x of shape (2, 5, 6)")


def test_future_is_hidden(run):
    """No token attends to later tokens

    Page: "No token attends to later tokens"
    """
    data = run("perturbed")
    for position in range(3):
        assert torch.allclose(data["before"][:, position], data["after"][:, position], atol=1e-5, equal_nan=True), (
            f"Your output at position {position} changes with the tokens at positions 3 and 4; mask later tokens."
        )


def test_short_sequences(run):
    """Sequences shorter than context_length work

    Page: "Sequences can be shorter than `context_length`"
    """
    run.same("output", length=3, what="output for sequences of 3 tokens with context_length=5")


def test_other_sizes(run):
    """It works for any batch size, sequence length and vector size, with and without biases

    Page: "A module `CausalAttention(d_in, d_out, context_length, dropout, qkv_bias=False)`"
    """
    run.vary("output", what="output")
    run.same("with_bias", what="output with qkv_bias=True")


def test_against_torch(run):
    """The result matches PyTorch's attention

    Page: "scaled    (B, T, T)       scores / √d_out"
    """
    from exercises.kit import tokens, values_for

    x = tokens(2, 5, 6)
    q, k, v = (x @ values_for(f"{name}.weight", torch.empty(4, 6)).T for name in ("W_query", "W_key", "W_value"))
    expected = torch.nn.functional.scaled_dot_product_attention(q, k, v, is_causal=True)
    run.equal(run("output"), expected, what="result of `CausalAttention(6, 4, 5, 0.0)(x)` for x of shape (2, 5, 6)")


def test_arguments_by_name(run):
    """Arguments have the book's names

    Page: "CausalAttention(d_in, d_out, context_length, dropout, qkv_bias=False)"
    """
    run.same("by_name", what="result of `CausalAttention(d_in=6, d_out=3, context_length=5, dropout=0.0)(x)`")


def test_bias(run):
    """W_query, W_key and W_value have a bias only if qkv_bias is True

    Page: "which have a bias only if `qkv_bias` is True"
    """
    for bias, layers in run("biases").items():
        for name, has in zip(("W_query", "W_key", "W_value"), layers, strict=False):
            assert has == bias, f"With qkv_bias={bias}, your {name} {'has a' if has else 'has no'} bias."


def test_dropout_while_training(run):
    """Attention weights are dropped in training

    Page: "Apply dropout to the weights, and only in training."
    """
    data = run("dropped")
    assert data["share"], (
        "With dropout=0.4 your code never drops a single token's attention weight. Apply dropout to the "
        "weights, after the softmax and before the product with the values."
    )
    assert data["whole"], (
        "Your code drops single numbers of a context vector. Apply dropout to the attention weights instead."
    )
    assert data["independent"], (
        "Your code drops the same weights in every sequence of a batch; draw a random number for each weight."
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

    Page: "only in training"
    """
    data = run("in_evaluation")
    assert torch.allclose(data["with"], data["without"], atol=1e-5, equal_nan=True), (
        "In evaluation mode your output with dropout=0.4 differs from the one with dropout=0.0."
    )
