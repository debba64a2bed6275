"""Checks a causal head: shapes, scale, mask, dropout in training, and moving between devices."""

import torch

from exercises.kit import common_checks


def test_output(run):
    """The context vectors are correct"""
    run.same("output", what="output")


def test_future_is_hidden(run):
    """No token attends to later tokens"""
    data = run("perturbed")
    before, after = data["before"], data["after"]
    for position in range(3):
        assert torch.allclose(before[:, position], after[:, position], atol=1e-5), (
            f"Your output at position {position} depends on later tokens; mask them."
        )
    assert not torch.allclose(before[:, 3:], after[:, 3:], atol=1e-5), (
        "Your output at the last positions does not depend on their own tokens; do not mask the diagonal."
    )


def test_short_sequences(run):
    """Sequences shorter than context_length work"""
    run.same("output", length=3, what="output for T=3 with context_length=5")


def test_other_sizes(run):
    """It works for any batch size, sequence length and vector size"""
    run.vary("output", what="output")


def test_against_torch(run):
    """The result matches PyTorch's attention"""
    from exercises.kit import tokens, values_for

    x = tokens(2, 5, 6)
    q, k, v = (x @ values_for(f"{name}.weight", torch.empty(4, 6)).T for name in ("W_query", "W_key", "W_value"))
    expected = torch.nn.functional.scaled_dot_product_attention(q, k, v, is_causal=True)
    run.equal(run("output"), expected, what="output")


def test_bias(run):
    """The layers have a bias only if qkv_bias is True"""
    actual, expected = run("biases"), run.reference("biases")
    for bias in (False, True):
        for name, has, should in zip(("W_query", "W_key", "W_value"), actual[bias], expected[bias], strict=False):
            assert has == should, f"With qkv_bias={bias}, your {name} {'has a' if has else 'has no'} bias."
    run.same("with_bias", what="output with qkv_bias=True")


def test_arguments_by_name(run):
    """Arguments have the book's names"""
    run.same("by_name", what="output with d_out=3")


def test_dropout_while_training(run):
    """Attention weights are dropped in training"""
    data = run("dropped")
    assert data["share"], (
        "With dropout=0.4 your code never drops the first token's attention weight. Apply dropout to the "
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
    assert data["factors"][-1] == 1.67, (
        "With dropout=0.4 the kept weights should be multiplied by 1 / (1 - 0.4) = 1.67; "
        f"yours are multiplied by {data['factors'][-1]}."
    )
    run.equal(data, run.reference("dropped"), what="dropout")


def test_no_dropout_in_evaluation(run):
    """Nothing is dropped in evaluation mode"""
    run.same("in_evaluation", what="output in evaluation mode")


# General checks
test_dtype = common_checks.dtypes("output")
test_device = common_checks.device(
    "output", "Does the mask move too? Use self.register_buffer.", "The mask moves with the module"
)
test_registered = common_checks.weights()
test_gradients = common_checks.gradients(title="Gradients reach every weight")
test_no_memory = common_checks.state("output")
test_manners = common_checks.manners()
