"""Checks that each head has its own weights and reads x, and that outputs are concatenated in order."""

import torch

from exercises.kit import common_checks


def test_output(run):
    """The output is correct"""
    run.same("output", what="output")


def test_other_sizes(run):
    """It works for any batch size, sequence length, vector size and number of heads"""
    run.vary("output", what="output")
    run.same("output", heads=3, d_in=4, d_out=4, what="output of three heads with d_in = d_out")


def test_own_weights(run):
    """Each head has its own weights"""
    run.same(
        "counted", what="number of weights of three heads", hint="Is every head a new module, in an nn.ModuleList?"
    )


def test_against_torch(run):
    """The heads match PyTorch's attention"""
    from exercises.kit import tokens, values_for

    x = tokens(2, 5, 6)
    heads = []
    for head in range(2):
        q, k, v = (
            x @ values_for(f"heads[{head}].{name}.weight", torch.empty(4, 6)).T
            for name in ("W_query", "W_key", "W_value")
        )
        heads.append(torch.nn.functional.scaled_dot_product_attention(q, k, v, is_causal=True))
    run.equal(run("output"), torch.cat(heads, dim=-1), what="output")


def test_future_is_hidden(run):
    """No token attends to later tokens"""
    data = run("perturbed")
    run.equal(
        data["after"][:, :3],
        data["before"][:, :3],
        what="output for the first three tokens after a change of the later tokens",
    )
    run.equal(data, run.reference("perturbed"), what="output")


def test_short_sequences(run):
    """Sequences shorter than context_length work"""
    run.same("output", length=3, what="output for T=3 with context_length=5")


def test_bias(run):
    """The layers have a bias only if qkv_bias is True"""
    counts = run("biases")
    assert counts["False"] == 0, f"With qkv_bias=False {counts['False']} of your six layers have a bias; none should."
    assert counts["True"] == 6, f"With qkv_bias=True only {counts['True']} of your six layers have a bias; all should."
    run.same("with_bias", what="output with qkv_bias=True")


def test_arguments(run):
    """Arguments have the book's names"""
    run.same("by_name", what="output with d_out=3 and three heads")


def test_dropout_while_training(run):
    """Attention weights are dropped in training"""
    data = run("dropped")
    assert data["whole"], (
        "Your code drops single numbers of the output. Pass dropout to the heads, which drop attention weights."
    )
    assert data["share"], "With dropout=0.4 nothing is dropped in training. Pass dropout to the heads."
    assert data["independent"], (
        "Your code drops the same weights in every head or sequence; draw a random number for each weight."
    )
    run.equal(data, run.reference("dropped"), what="dropout")


def test_no_dropout_in_evaluation(run):
    """Nothing is dropped in evaluation mode"""
    run.same("in_evaluation", what="output in evaluation mode")


# General checks
test_dtype = common_checks.dtypes("output")
test_device = common_checks.device(
    "output", "Does every head move too? Use an nn.ModuleList.", "All heads move with the module"
)
test_registered = common_checks.weights()
test_gradients = common_checks.gradients(title="Gradients reach every weight")
test_no_memory = common_checks.state("output")
test_manners = common_checks.manners()
