"""Checks that each head has its own weights and reads x, and that outputs are concatenated in order."""

import torch


def test_output(run):
    """The output is correct

    Page: "output   (B, T, d_out · num_heads)   concatenated for each token"
    """
    run.same("output", what="result of `MultiHeadAttentionWrapper(6, 4, 5, 0.0, 2)(x)` for x of shape (2, 5, 6)")


def test_own_weights(run):
    """Each head has its own weights

    Page: "Create a new one for each place"
    """
    data = run("counted")
    assert data["heads"] == 3, f"With num_heads=3 your `heads` holds {data['heads']} heads; it should hold 3."
    assert data["different"] == 3, (
        f"With num_heads=3 only {data['different']} of your heads have weights of their own; create a new one for each."
    )


def test_future_is_hidden(run):
    """No token attends to later tokens

    Page: "The heads mask later tokens and drop weights in training"
    """
    data = run("perturbed")
    assert torch.allclose(data["before"][:, :3], data["after"][:, :3], atol=1e-5, equal_nan=True), (
        "Your output at positions 0 to 2 changes with the tokens at positions 3 and 4; use CausalAttention."
    )


def test_other_sizes(run):
    """It works for any batch size, sequence length, vector size and number of heads, with and without biases

    Page: "MultiHeadAttentionWrapper(d_in, d_out, context_length, dropout, num_heads, qkv_bias=False)"
    """
    run.same("output", length=3, what="output for sequences of 3 tokens with context_length=5")
    run.vary("output", what="output")
    run.same("output", heads=3, d_in=4, d_out=4, what="output of three heads with d_in = d_out")
    run.same("with_bias", what="output with qkv_bias=True")


def test_against_torch(run):
    """The heads match PyTorch's attention

    Page: "head 1   (B, T, d_out)               heads[1](x), and so on"
    """
    from exercises.kit import tokens, values_for

    x = tokens(2, 5, 6)
    heads = []
    for head in range(2):
        q, k, v = (
            x @ values_for(f"heads[{head}].{name}.weight", torch.empty(4, 6)).T
            for name in ("W_query", "W_key", "W_value")
        )
        heads.append(torch.nn.functional.scaled_dot_product_attention(q, k, v, is_causal=True))
    run.equal(run("output"), torch.cat(heads, dim=-1), what="result of `MultiHeadAttentionWrapper(6, 4, 5, 0.0, 2)(x)`")


def test_arguments(run):
    """Arguments have the book's names

    Page: "MultiHeadAttentionWrapper(d_in, d_out, context_length, dropout, num_heads, qkv_bias=False)"
    """
    run.same("by_name", what="output of three heads with d_out=3, created with named arguments")


def test_bias(run):
    """The layers have a bias only if qkv_bias is True

    Page: "Pass all arguments to each head, including `dropout` and `qkv_bias`."
    """
    counts = run("biases")
    assert counts[False] == 0, f"With qkv_bias=False {counts[False]} of your six layers have a bias; none should."
    assert counts[True] == 6, f"With qkv_bias=True only {counts[True]} of your six layers have a bias; all should."


def test_dropout_while_training(run):
    """Attention weights are dropped in training

    Page: "Pass all arguments to each head, including `dropout`"
    """
    data = run("dropped")
    assert data["share"], (
        "With dropout=0.4 your code never drops a single token's attention weight. Pass dropout to the heads."
    )
    assert data["whole"], (
        "Your code drops single numbers of the output. Pass dropout to the heads, which drop attention weights."
    )
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

    Page: "drop weights in training"
    """
    data = run("in_evaluation")
    assert torch.allclose(data["with"], data["without"], atol=1e-5, equal_nan=True), (
        "In evaluation mode your output with dropout=0.4 differs from the one with dropout=0.0."
    )
