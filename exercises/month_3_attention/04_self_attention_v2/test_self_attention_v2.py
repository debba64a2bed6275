"""Checks a head built from linear layers, and that version 1 computes the same after copy_weights."""

import torch


def test_output(run):
    """The context vectors are correct

    Page: "context   (T, d_out)   weights · values"
    """
    run.same("output", what="result of `SelfAttention_v2(6, 4)(x)` for five tokens")


def test_copy(run):
    """After copy_weights both versions compute the same

    Page: "Afterwards `sa_v1(x)` equals `sa_v2(x)`."
    """
    hint = "sa_v1 should return the same as sa_v2. What is the shape of the weight of an nn.Linear?"
    run.same("copied", what="result of `sa_v1(x)` after `copy_weights(sa_v1, sa_v2)`", hint=hint)
    what = "result of `sa_v1(x)` after `copy_weights(sa_v1, sa_v2)` with d_in = d_out"
    run.same("copied", d_in=5, d_out=5, what=what, hint=hint)
    run.vary("copied", what="result of `sa_v1(x)` after `copy_weights(sa_v1, sa_v2)`", cases=3)


def test_other_sizes(run):
    """It works for any sequence length and vector size, with and without biases

    Page: "A module `SelfAttention_v2(d_in, d_out, qkv_bias=False)`"
    """
    run.vary("output", what="result of `SelfAttention_v2(d_in, d_out)(x)`")
    run.same("with_bias", what="result of `SelfAttention_v2(6, 4, qkv_bias=True)(x)`")


def test_against_torch(run):
    """The result matches PyTorch's attention

    Page: "scaled    (T, T)       scores / √d_out"
    """
    from exercises.kit import tokens, values_for

    x = tokens(5, 6)
    q, k, v = (x @ values_for(f"{name}.weight", torch.empty(4, 6)).T for name in ("W_query", "W_key", "W_value"))
    expected = torch.nn.functional.scaled_dot_product_attention(q, k, v)
    run.equal(run("output"), expected, what="result of `SelfAttention_v2(6, 4)(x)` for five tokens")


def test_bias(run):
    """The layers have a bias only if qkv_bias is True

    Page: "which have a bias only if `qkv_bias` is True"
    """
    for bias, layers in run("biases").items():
        for name, has in zip(("W_query", "W_key", "W_value"), layers, strict=True):
            assert has == bias, f"With qkv_bias={bias}, your {name} {'has a' if has else 'has no'} bias."


def test_arguments(run):
    """Arguments have the book's names

    Page: "SelfAttention_v2(d_in, d_out, qkv_bias=False)"
    """
    run.same("by_name", what="result of `SelfAttention_v2(d_in=6, d_out=3)(x)`")


def test_second_is_unchanged(run):
    """copy_weights does not change sa_v2

    Page: "`sa_v2` must not change"
    """
    data = run("after_copy")
    assert torch.allclose(data["before"], data["after"], equal_nan=True), (
        "After your copy_weights, sa_v2 returns a different result; copy from sa_v2 to sa_v1."
    )


def test_still_trainable(run):
    """Both modules can be trained after copy_weights

    Page: "The matrices of `sa_v1` must still be `nn.Parameter`s that require gradients"
    """
    data = run("after_copy")
    assert all(data["parameters"]), (
        "After your copy_weights the matrices of sa_v1 are no longer nn.Parameters; they should be."
    )
    assert data["trainable"] == [True, True], (
        "After your copy_weights some weights have requires_grad=False; all should be trainable."
    )
