"""Checks both linear layers, the activation between them, and that nothing else is there."""

import torch


def test_example(run):
    """The worked example gives the expected result

    Page: "weights 1, 1, 1, 1; bias 0.5 → 3.137"
    """
    run.same("example", what="result of `FeedForward(cfg)(x)` for emb_dim = 1 and x = 1")


def test_output(run):
    """The output is correct for other weights and inputs

    Page: "it expands the token's vector to four times its size"
    """
    run.same("output", what="result of `FeedForward(cfg)(x)` for x of shape (2, 4, 6)")


def test_other_sizes(run):
    """It works for any number of leading dimensions and any emb_dim

    Page: "The dots stand for any number of dimensions"
    """
    run.same("two_dimensions", what="result of `FeedForward(cfg)(x)` for x of shape (4, 6)")
    run.vary("output", what="result of `FeedForward(cfg)(x)`")


def test_by_name(run):
    """The arguments can be passed by name

    Page: "A module `FeedForward(cfg)`"
    """
    run.same("by_name", what="result of `FeedForward(cfg=cfg)(x=x)` for x of shape (4, 6)")


def test_against_torch(run):
    """The result matches PyTorch's functions

    Page: "GELU, the tanh approximation"
    """
    from torch.nn import functional as F

    from exercises.kit import tokens, values_for

    def linear(x, index, outputs):
        path = f"layers[{index}]"
        weight = values_for(f"{path}.weight", torch.empty(outputs, x.shape[-1]))
        return F.linear(x, weight, values_for(f"{path}.bias", torch.empty(outputs)))

    expected = linear(F.gelu(linear(tokens(2, 4, 6), 0, 24), approximate="tanh"), 2, 6)
    run.equal(run("output"), expected, what="result of `FeedForward(cfg)(x)` for x of shape (2, 4, 6)")


def test_no_dropout(run):
    """Nothing is dropped in training

    Page: "There is no dropout, no norm and no shortcut here"
    """
    data = run("in_training")
    assert torch.allclose(data["training"], data["evaluation"], atol=1e-5, equal_nan=True), (
        "In training mode your output differs from the one in evaluation mode. Leave out dropout: the transformer "
        "block applies it to the network's output."
    )
