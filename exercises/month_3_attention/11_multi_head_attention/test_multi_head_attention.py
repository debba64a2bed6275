"""Checks that heads are split, scaled, masked, merged in order and projected."""

import torch


def test_output(run):
    """The output is correct

    Page: "output    (B, T, d_out)   out_proj(context)"
    """
    run.same("output", what="result of `MultiHeadAttention(6, 8, 5, 0.0, 2)(x)` for x of shape (2, 5, 6)")


def test_future_is_hidden(run):
    """No token attends to later tokens

    Page: "No token attends to later tokens"
    """
    data = run("perturbed")
    for position in range(3):
        assert torch.allclose(data["before"][:, position], data["after"][:, position], atol=1e-5, equal_nan=True), (
            f"Your output at position {position} changes with the tokens at positions 3 and 4; mask later tokens."
        )


def test_heads_stay_apart(run):
    """Each head computes its own part of the merged result

    Page: "combines the results of the heads, which until then are independent"
    """
    changed = (run("heads_apart").abs() > 1e-4).flatten(0, 1).any(0).tolist()
    positions = ", ".join(str(position) for position, is_changed in enumerate(changed) if is_changed) or "none"
    assert changed == [False] * 4 + [True] * 4, (
        "With d_out=8 and two heads, the second head's values should change exactly the numbers 4 to 7 of each "
        f"token before out_proj; they change {positions}. Split with view(B, T, H, D).transpose(1, 2), and transpose "
        "again before you merge."
    )


def test_short_sequences(run):
    """Sequences shorter than context_length work

    Page: "sliced to the T tokens of the input"
    """
    run.same("output", length=3, what="output for sequences of 3 tokens with context_length=5")


def test_other_sizes(run):
    """It works for any batch size, sequence length, vector size and number of heads, with and without biases

    Page: "With H heads, each head has D = d_out / H numbers per token."
    """
    run.vary("output", what="output", cases=8)
    run.same("with_bias", what="output with qkv_bias=True")


def test_against_torch(run):
    """The heads match PyTorch's attention

    Page: "scaled    (B, H, T, T)    scores / √D"
    """
    from exercises.kit import tokens, values_for

    x = tokens(2, 5, 6)
    q, k, v = (x @ values_for(f"{name}.weight", torch.empty(8, 6)).T for name in ("W_query", "W_key", "W_value"))
    heads = [
        torch.nn.functional.scaled_dot_product_attention(
            q[..., part : part + 4], k[..., part : part + 4], v[..., part : part + 4], is_causal=True
        )
        for part in (0, 4)
    ]
    weight = values_for("out_proj.weight", torch.empty(8, 8))
    bias = values_for("out_proj.bias", torch.empty(8))
    expected = torch.cat(heads, dim=-1) @ weight.T + bias
    run.equal(run("output"), expected, what="result of `MultiHeadAttention(6, 8, 5, 0.0, 2)(x)`")


def test_arguments_by_name(run):
    """Arguments have the book's names

    Page: "MultiHeadAttention(d_in, d_out, context_length, dropout, num_heads, qkv_bias=False)"
    """
    run.same("by_name", what="output of a module with four heads, created with named arguments")


def test_refuses_what_does_not_divide(run):
    """A num_heads that does not divide d_out raises an error

    Page: "If `num_heads` does not divide `d_out`, raise an error in `__init__`."
    """
    for case, is_refused in run("indivisible").items():
        assert is_refused, f"MultiHeadAttention with {case} should raise an error in __init__; yours does not."


def test_bias(run):
    """W_query, W_key and W_value have a bias only if qkv_bias is True

    Page: "the other layers only if `qkv_bias` is True"
    """
    for bias, layers in run("biases").items():
        for name, has in zip(("W_query", "W_key", "W_value"), layers, strict=False):
            assert has == bias, f"With qkv_bias={bias}, your {name} {'has a' if has else 'has no'} bias."


def test_dropout_while_training(run):
    """Attention weights are dropped in training

    Page: "Dropout acts on the weights of each head, and only in training."
    """
    data = run("dropped")
    assert data["share"], (
        "With dropout=0.4 your code never drops a single token's attention weight. Apply dropout to the "
        "weights, after the softmax and before the product with the values."
    )
    assert data["whole"], (
        "Your code drops single numbers of a head's output. Apply dropout to the attention weights instead."
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

    Page: "only in training"
    """
    data = run("in_evaluation")
    assert torch.allclose(data["with"], data["without"], atol=1e-5, equal_nan=True), (
        "In evaluation mode your output with dropout=0.4 differs from the one with dropout=0.0."
    )
