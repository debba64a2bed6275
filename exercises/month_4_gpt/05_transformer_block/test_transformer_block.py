"""Checks both halves of the block: norm, layer, dropout, shortcut."""

import torch


def test_output(run):
    """The output is correct

    Page: "a **shortcut connection** adds the input of each to its output"
    """
    run.same("output", what="result of `TransformerBlock(cfg)(x)` for x of shape (2, 5, 8)")


def test_shortcuts(run):
    """Two shortcuts add the input of each branch

    Page: "Add the original x, not the normed x."
    """
    data = run("branches_off")
    assert torch.allclose(data["output"], data["input"], atol=1e-5, equal_nan=True), (
        "With the weights of out_proj and of the last feed-forward layer set to 0, your block should return x; it "
        "returns something else. Add x from before the norm to the output of each branch."
    )


def test_other_sizes(run):
    """It works for any batch size, sequence length, vector size and number of heads, with and without biases

    Page: "`cfg` is a dict. The block uses these keys"
    """
    run.vary("output", what="output")
    run.same("with_bias", what="output with cfg['qkv_bias'] = True")


def test_by_name(run):
    """The arguments can be passed by name

    Page: "A module `TransformerBlock(cfg)`"
    """
    run.same("by_name", what="result of `TransformerBlock(cfg=cfg)(x=x)`")


def test_by_hand(run):
    """The result matches a block built from PyTorch's functions

    Page: "Apply the norm at the start of each branch"
    """
    run.equal(run("output"), _by_hand(), what="result of `TransformerBlock(cfg)(x)` for x of shape (2, 5, 8)")


def _by_hand():
    from torch.nn import functional as F

    from exercises.kit import tokens, values_for

    def value(path, *shape):
        return values_for(path, torch.empty(*shape))

    def norm(x, name):
        return F.layer_norm(x, (8,), value(f"{name}.scale", 8), value(f"{name}.shift", 8), 1e-5)

    x = tokens(2, 5, 8)
    parts = (norm(x, "norm1") @ value(f"att.{name}.weight", 8, 8).T for name in ("W_query", "W_key", "W_value"))
    q, k, v = (part.unflatten(-1, (2, 4)).transpose(1, 2) for part in parts)
    heads = F.scaled_dot_product_attention(q, k, v, is_causal=True).transpose(1, 2).flatten(2)
    x = x + heads @ value("att.out_proj.weight", 8, 8).T + value("att.out_proj.bias", 8)
    wide = norm(x, "norm2") @ value("ff.layers[0].weight", 32, 8).T + value("ff.layers[0].bias", 32)
    activated = F.gelu(wide, approximate="tanh")
    return x + activated @ value("ff.layers[2].weight", 8, 32).T + value("ff.layers[2].bias", 8)


def test_future_is_hidden(run):
    """No token attends to later tokens

    Page: "No token attends to later tokens"
    """
    data = run("perturbed")
    assert torch.allclose(data["before"][:, :3], data["after"][:, :3], atol=1e-5, equal_nan=True), (
        "Your output at positions 0 to 2 changes with the tokens at positions 3 and 4; the attention must be causal."
    )


def test_bias(run):
    """qkv_bias is passed to the attention

    Page: "qkv_bias            for queries, keys and values"
    """
    for bias, layers in run("biases").items():
        assert layers == [bias] * 3, (
            f"With cfg['qkv_bias']={bias}, W_query, W_key and W_value should {'' if bias else 'not '}have a bias."
        )


def test_dropout_of_branches(run):
    """Dropout is applied to both branches in training, not to the shortcuts

    Page: "Apply dropout to each branch before the sum, never to the shortcut."
    """
    data, scaled = run("all_dropped"), run("quarter_kept")
    assert torch.allclose(data["output"], data["input"], atol=1e-5, equal_nan=True), (
        "In training with drop_rate=1.0 your block should return x, as both branches are dropped; it returns something "
        "else. Apply dropout to the outputs of attention and of the feed-forward network, before you add x."
    )
    factors = " or ".join(str(factor) for factor in scaled["factors"])
    assert scaled["factors"] == [0.0, 4.0], (
        f"With drop_rate=0.75 in training, the numbers of your feed-forward branch are multiplied by {factors}; "
        "they should be multiplied by 0 (dropped) or 1 / (1 - 0.75) = 4 (kept)."
    )
    assert scaled["independent"], "Your code drops whole tokens; it should drop single numbers: use nn.Dropout."


def test_dropout_of_attention(run):
    """drop_rate is passed to the attention

    Page: "drop_rate           for the attention weights and both branches"
    """
    data = run("all_dropped")
    assert torch.allclose(data["attention"], data["bias"].expand(2, 5, 8), atol=1e-5), (
        "In training with drop_rate=1.0 all attention weights are dropped, so `att(x)` should be out_proj's bias; "
        "yours is something else. Pass drop_rate to the attention."
    )


def test_no_dropout_in_evaluation(run):
    """Nothing is dropped in evaluation mode

    Page: "In evaluation mode nothing is dropped."
    """
    data = run("in_evaluation")
    assert torch.allclose(data["with"], data["without"], atol=1e-5, equal_nan=True), (
        "In evaluation mode your output with drop_rate=0.4 differs from the one with drop_rate=0.0."
    )
