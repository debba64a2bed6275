"""Checks both halves of the block: norm, layer, dropout, shortcut."""

import torch

from exercises.kit import common_checks


def test_output(run):
    """The output is correct"""
    run.same("output", what="output")


def test_shortcuts(run):
    """Two shortcuts add the input of each branch"""
    data = run("branches_off")
    run.equal(
        data["output"],
        data["input"],
        what="output with the weights of out_proj and of the last feed-forward layer set to 0",
        hint="It should equal the input: add x from before the norm to the output of each branch.",
    )


def test_other_sizes(run):
    """It works for any batch size, sequence length, vector size and number of heads"""
    run.vary("output", what="output")


def test_by_hand(run):
    """The result matches a block built from PyTorch's functions"""
    run.equal(run("output"), _by_hand(), what="output")


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
    """No token attends to later tokens"""
    data = run("perturbed")
    assert torch.allclose(data["before"][:, :3], data["after"][:, :3], atol=1e-5), (
        "Your output at an early position depends on later tokens; the attention must be causal."
    )


def test_bias(run):
    """qkv_bias is passed to the attention"""
    actual, expected = run("biases"), run.reference("biases")
    for bias in (False, True):
        assert actual[bias] == expected[bias], (
            f"With cfg['qkv_bias']={bias}, W_query, W_key and W_value should {'' if bias else 'not '}have a bias."
        )
    run.same("with_bias", what="output with qkv_bias=True")


def test_dropout_of_branches(run):
    """Dropout is applied to both branches in training, not to the shortcuts"""
    data, scaled = run("all_dropped"), run("quarter_kept")
    run.equal(
        data["output"],
        data["input"],
        what="output in training with drop_rate=1.0",
        hint="Apply dropout to the outputs of attention and of the feed-forward network, before you add x.",
    )
    assert scaled["factors"] == [0.0, 4.0], (
        "With drop_rate=0.75 in training, the numbers of your feed-forward branch are multiplied by "
        f"{scaled['factors']}; they should be multiplied by 0 (dropped) or 1 / (1 - 0.75) = 4 (kept)."
    )
    assert scaled["independent"], "Your code drops whole tokens; it should drop single numbers: use nn.Dropout."


def test_dropout_of_attention(run):
    """drop_rate is passed to the attention"""
    data = run("all_dropped")
    run.equal(
        data["attention"],
        data["bias"].expand(2, 5, 8),
        what="attention in training with drop_rate=1.0",
        hint="With all weights dropped, only out_proj's bias should remain. Pass drop_rate to the attention.",
    )


def test_no_dropout_in_evaluation(run):
    """Nothing is dropped in evaluation mode"""
    run.same("in_evaluation", what="output in evaluation mode")


# General checks
test_dtype = common_checks.dtypes("output")
test_device = common_checks.device("output")
test_registered = common_checks.weights()
test_gradients = common_checks.gradients(title="Gradients reach every weight")
test_no_memory = common_checks.state("output")
test_manners = common_checks.manners()
