"""A causal head: right shapes, scaled and masked, cropped, dropped only in training, moved as a whole."""

import torch


def test_output(run):
    """The context vectors are right"""
    run.same("output", what="output")


def test_future_is_hidden(run):
    """No token sees the future"""
    data = run("perturbed")
    before, after = data["before"], data["after"]
    for position in range(3):
        assert torch.allclose(before[:, position], after[:, position], atol=1e-6), (
            f"Position {position} changed although only later tokens did: the future leaks."
        )
    assert not torch.allclose(before[:, 3:], after[:, 3:], atol=1e-6), (
        "The last positions do not change when their own tokens do."
    )


def test_short_sequences(run):
    """Sequences shorter than context_length work"""
    run.same("output", length=3, what="output for T=3 with context_length=5")


def test_other_sizes(run):
    """Any batch, length and width works"""
    run.vary("output", what="output")


def test_against_torch(run):
    """It agrees with PyTorch's own attention"""
    from grader.probing import tokens, values_for

    x = tokens(2, 5, 6)
    q, k, v = (x @ values_for(f"{name}.weight", torch.empty(4, 6)).T for name in ("W_query", "W_key", "W_value"))
    expected = torch.nn.functional.scaled_dot_product_attention(q, k, v, is_causal=True)
    run.equal(run("output"), expected, what="output")


def test_bias(run):
    """qkv_bias gives the projections a bias, and only then"""
    run.same("with_bias", what="output with qkv_bias=True")
    run.same("parameters", what="list of parameters")


def test_dropout_while_training(run):
    """Attention weights are dropped in training"""
    data = run("trained")
    assert (data["training"] == 0).all(), (
        "With dropout=1.0 every attention weight is dropped in training, so the output must be 0; yours is not."
    )
    half = run("half_dropped")
    assert half["changed"], "dropout=0.5 changes nothing in training."
    assert not half["all_zero"], "dropout=0.5 drops everything in training."


def test_no_dropout_in_evaluation(run):
    """Nothing is dropped in evaluation mode"""
    data, right = run("trained"), run.reference("trained")
    run.equal(data["evaluation"], right["evaluation"], what="output in evaluation mode")


def test_dtype(run):
    """Double precision in, double precision out"""
    run.same("in_double", what="output in double precision")


def test_device(run):
    """The mask moves with the module"""
    run.same("on_meta", hint="Did everything move? Register the mask with self.register_buffer.", what="output")


def test_no_memory(run):
    """Nothing is kept between calls, and the input stays as it was"""
    data = run("state")
    run.equal(data["again"], data["first"], what="second output for the same input")
    assert data["untouched"], "Your code changes its input x in place."


def test_gradients(run):
    """Every weight learns"""
    run.same("learning", what="gradient", rtol=1e-3)
