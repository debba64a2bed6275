"""Heads with weights of their own, all reading the same x, side by side and in their order."""

import torch

from grader import general


def test_output(run):
    """The output is right"""
    run.same("output", what="output")


def test_other_sizes(run):
    """Any batch, length, width and number of heads works"""
    run.vary("output", what="output")
    run.same("output", heads=3, d_in=4, d_out=4, what="output of three heads with d_in = d_out")


def test_own_weights(run):
    """Each head has weights of its own"""
    run.same("counted", what="number of weights of three heads", hint="Is every head made anew, and registered?")


def test_against_torch(run):
    """It agrees with PyTorch's own attention, head by head"""
    from grader.probing import tokens, values_for

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
    """No token sees the future"""
    data = run("perturbed")
    run.equal(
        data["after"][:, :3],
        data["before"][:, :3],
        what="output for the first three tokens after only later tokens changed",
    )
    run.equal(data, run.reference("perturbed"), what="output")


def test_short_sequences(run):
    """Sequences shorter than context_length work"""
    run.same("output", length=3, what="output for T=3 with context_length=5")


def test_bias(run):
    """qkv_bias gives the layers a bias, and only then"""
    mine = run("biases")
    assert mine["False"] == 0, f"With qkv_bias=False {mine['False']} of the six layers have a bias."
    assert mine["True"] == 6, f"With qkv_bias=True only {mine['True']} of the six layers have a bias."
    run.same("with_bias", what="output with qkv_bias=True")


def test_arguments(run):
    """Its arguments have the book's names"""
    run.same("by_name", what="output with three heads of three numbers")


def test_dropout_while_training(run):
    """Attention weights are dropped in training"""
    data = run("dropped")
    assert data["whole"], "Single numbers are dropped. Each head drops attention weights: hand dropout on to it."
    assert data["share"], "With dropout=0.4 nothing is dropped in training. Is dropout handed on to the heads?"
    assert data["alone"], "The same weights are dropped in every head or sequence; each has its own luck."
    run.equal(data, run.reference("dropped"), what="dropout")


def test_no_dropout_in_evaluation(run):
    """Nothing is dropped in evaluation mode"""
    run.same("in_evaluation", what="output in evaluation mode")


# what holds in every exercise
test_dtype = general.dtypes("output")
test_device = general.device(
    "output", "Did every head move? Keep them in an nn.ModuleList.", "All heads move with the module"
)
test_registered = general.weights()
test_gradients = general.gradients(title="Every weight learns")
test_no_memory = general.state("output")
test_manners = general.manners()
