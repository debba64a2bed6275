"""Checks that each token's numbers are split in order, heads before tokens, and merged again."""

import torch


def test_example(run):
    """The worked example gives the expected result

    Page: "One sequence of two tokens with four numbers each, and two heads"
    """
    run.same("example", what="result of `split_heads(x, 2)` for the two tokens on the page")


def test_merge(run):
    """merge_heads concatenates the heads of each token

    Page: "(B, T, H·D)    the heads of each token concatenated"
    """
    run.same("merge", what="result of `merge_heads(x)` for x of shape (2, 2, 3, 4)")


def test_split(run):
    """split_heads gives each head its part of every token's vector

    Page: "(B, H, T, D)   heads before tokens"
    """
    hint = "Head h should have the numbers h·D to (h+1)·D - 1 of each token, with the tokens in order."
    run.same("split", what="result of `split_heads(x, 2)` for x of shape (2, 3, 8)", hint=hint)


def test_round_trip(run):
    """merge_heads undoes split_heads

    Page: "`merge_heads(x)`, which undoes it"
    """
    for heads in (3, 1):
        data = run("round_trip", heads=heads)
        assert data["merged"].shape == data["x"].shape and torch.equal(data["merged"], data["x"]), (
            f"Your `merge_heads(split_heads(x, {heads}))` should be x, of shape {tuple(data['x'].shape)}; it differs."
        )


def test_other_sizes(run):
    """It works for any batch size, sequence length, vector size and number of heads

    Page: "With H heads, a head has D = d / H numbers per token."
    """
    run.vary("split", what="result of split_heads")
    run.vary("merge", what="result of merge_heads")


def test_any_memory_order(run):
    """It works for a tensor that is not contiguous

    Page: "also one that is not contiguous"
    """
    data, expected = run("turned"), run.reference("turned")
    for name in ("split", "merge"):
        run.equal(data[name], expected[name], what=f"result of {name}_heads for a tensor that is not contiguous")


def test_arguments(run):
    """Arguments can be passed by name

    Page: "`split_heads(x, num_heads)`, and `merge_heads(x)`"
    """
    run.same("by_name", what="result of `merge_heads(x=split_heads(x=x, num_heads=2))`")
