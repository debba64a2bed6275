"""Checks a head without a mask: projections, scaled scores, softmax over the keys, weighted sum."""

import torch


def test_output(run):
    """The context vectors are correct

    Page: "context   (T, d_out)   weights · values"
    """
    run.same("output", what="result of `SelfAttention_v1(6, 4)(x)` for five tokens")


def test_other_sizes(run):
    """It works for any sequence length and vector size

    Page: "x         (T, d_in)    one sequence of T tokens, no batch dimension"
    """
    run.vary("output", what="result of `SelfAttention_v1(d_in, d_out)(x)`")


def test_against_torch(run):
    """The result matches PyTorch's attention

    Page: "scaled    (T, T)       scores / √d_out"
    """
    from exercises.kit import tokens, values_for

    x = tokens(5, 6)
    q, k, v = (x @ values_for(name, torch.empty(6, 4)) for name in ("W_query", "W_key", "W_value"))
    expected = torch.nn.functional.scaled_dot_product_attention(q, k, v)
    run.equal(run("output"), expected, what="result of `SelfAttention_v1(6, 4)(x)` for five tokens")
