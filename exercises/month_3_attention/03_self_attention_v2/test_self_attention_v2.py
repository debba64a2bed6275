"""Checks a head built from linear layers, and that version 1 computes the same after copy_weights."""

import torch

from exercises.kit import common_checks


def test_output(run):
    """The context vectors are correct"""
    run.same("output", what="output")


def test_other_sizes(run):
    """It works for any sequence length and vector size"""
    run.vary("output", what="output")


def test_against_torch(run):
    """The result matches PyTorch's attention"""
    from exercises.kit import tokens, values_for

    x = tokens(5, 6)
    q, k, v = (x @ values_for(f"{name}.weight", torch.empty(4, 6)).T for name in ("W_query", "W_key", "W_value"))
    run.equal(run("output"), torch.nn.functional.scaled_dot_product_attention(q, k, v), what="output")


def test_bias(run):
    """The layers have a bias only if qkv_bias is True"""
    actual, expected = run("biases"), run.reference("biases")
    for bias in (False, True):
        for name, has, should in zip(("W_query", "W_key", "W_value"), actual[bias], expected[bias], strict=False):
            assert has == should, f"With qkv_bias={bias}, your {name} {'has a' if has else 'has no'} bias."
    run.same("with_bias", what="output with qkv_bias=True")


def test_arguments(run):
    """Arguments have the book's names"""
    run.same("by_name", what="output with d_out=3")


def test_copy(run):
    """After copy_weights both versions compute the same"""
    hint = "sa_v1 should return the same as sa_v2. What is the shape of the weight of an nn.Linear?"
    run.same("copied", what="output of sa_v1 after copy_weights", hint=hint)
    run.same("copied", d_in=5, d_out=5, what="output of sa_v1 after copy_weights with d_in = d_out", hint=hint)
    run.vary("copied", what="output of sa_v1 after copy_weights", cases=3)


def test_after_copy(run):
    """copy_weights does not change sa_v2, and both modules remain trainable"""
    data, expected = run("after_copy"), run.reference("after_copy")
    run.equal(data["v2"], expected["v2"], what="output of sa_v2 after copy_weights")
    run.equal(data["matrices"], expected["matrices"], what="sa_v1")
    assert all(data["parameters"]), (
        "After your copy_weights the matrices of sa_v1 are no longer nn.Parameters; they should be."
    )
    assert data["trainable"] == [True, True], (
        "After your copy_weights some weights have requires_grad=False; all should be trainable."
    )


# General checks
test_dtype = common_checks.dtypes("output")
test_device = common_checks.device("output")
test_registered = common_checks.weights()
test_gradients = common_checks.gradients(title="Gradients reach every weight")
test_no_memory = common_checks.state("output")
test_manners = common_checks.manners()
