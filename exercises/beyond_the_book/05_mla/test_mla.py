"""Checks the sizes, the values, then the cache, then what all attention needs."""

import torch


def test_output(run):
    """The output is correct

    Page: "heads      (B, H, T, D)    weights · values"
    """
    run.same("output", what="result of `module(x)` for x of shape (2, 6, 5), two heads and latent_dim=3")


def test_layers(run):
    """The layers have the sizes of the page

    Page: "L = latent_dim numbers"
    """
    data = run("layers")
    expected = {"W_query": [8, 5], "W_DKV": [3, 5], "W_UK": [8, 3], "W_UV": [8, 3], "out_proj": [8, 8]}
    for name, shape in data["shapes"].items():
        assert shape == expected[name], (
            f"With d_in=5, d_out=8 and latent_dim=3, the weight of `{name}` should have shape "
            f"{tuple(expected[name])}; yours has {tuple(shape)}."
        )
    for d_out, size in data["defaults"].items():
        assert size == max(16, int(d_out) // 8), (
            f"With d_out={d_out} and latent_dim=None, your latent has {size} numbers; it should have "
            f"max(16, d_out // 8) = {max(16, int(d_out) // 8)}."
        )


def test_against_torch(run):
    """It is multi-head attention with the products of the matrices

    Page: "multi-head attention whose key matrix is the product"
    """
    from exercises.kit import tokens, values_for

    x = tokens(2, 6, 5)
    down = values_for("W_DKV.weight", torch.empty(3, 5))
    products = (values_for(f"{name}.weight", torch.empty(8, 3)) @ down for name in ("W_UK", "W_UV"))
    matrices = (values_for("W_query.weight", torch.empty(8, 5)), *products)
    q, k, v = ((x @ matrix.T).view(2, 6, 2, 4).transpose(1, 2) for matrix in matrices)
    heads = torch.nn.functional.scaled_dot_product_attention(q, k, v, is_causal=True)
    expected = heads.transpose(1, 2).flatten(2) @ values_for("out_proj.weight", torch.empty(8, 8)).T
    run.equal(run("output"), expected, what="result of `module(x)` for x of shape (2, 6, 5) and latent_dim=3")


def test_chunks(run):
    """Chunks of any size work

    Page: "so a text can come in chunks of any size"
    """
    run.same("chunks", what="output for chunks of 3, 2 and 2 tokens with `use_cache=True` and qkv_bias=True")
    run.vary("chunks", cases=3, what="output for three chunks with `use_cache=True`")


def test_size_of_cache(run):
    """The cache holds the latents and nothing else

    Page: "the cache holds the latents of all tokens so far, and nothing else"
    """
    for count, size in zip((3, 4, 7), run("size_of_cache"), strict=True):
        assert size <= 2 * count * 3, (
            f"With latent_dim=3, after {count} tokens of two sequences your module holds {size} numbers more than "
            f"when it was new; the latents are 2 · {count} · 3 = {6 * count}. Cache what W_DKV returns, once for all "
            "heads, and compute keys and values from it in each call."
        )


def test_future_is_hidden(run):
    """No token attends to later tokens

    Page: "Each token attends only to itself and earlier tokens."
    """
    data = run("perturbed")
    assert torch.allclose(data["before"][:, :3], data["after"][:, :3], atol=1e-5, equal_nan=True), (
        "Your output at positions 0 to 2 changes with the tokens at positions 3 and 4; mask later tokens."
    )


def test_one_by_one(run):
    """With a cache the outputs are those of the whole sequence

    Page: "the result is that of the whole sequence at the new positions"
    """
    run.same("one_by_one", what="output for three tokens, then four more, one at a time, with `use_cache=True`")


def test_cache_is_ignored(run):
    """A call without a cache ignores what the cache contains

    Page: "it neither reads nor fills the cache"
    """
    data = run("after_cache")
    for name in ("after", "by name"):
        assert torch.allclose(data["before"], data[name], atol=1e-5, equal_nan=True), (
            "Your `module(x)` gives another output after calls with use_cache=True than before them; without a cache "
            "it should see only x."
        )


def test_reset(run):
    """After reset_cache a new sequence starts, of any batch size

    Page: "then a new sequence starts, of any batch size"
    """
    data = run("after_reset")
    assert torch.allclose(data["fresh"], data["reset"], atol=1e-5, equal_nan=True), (
        "After calls with 2 sequences and `reset_cache()` the outputs for 3 sequences differ from those of a new "
        "module; it should drop the latents and restart the positions."
    )


def test_own_cache(run):
    """Each module has its own cache

    Page: "Each module has its own cache"
    """
    assert torch.allclose(run("one_by_one"), run("with_twin"), atol=1e-5, equal_nan=True), (
        "The outputs of your module with a cache change when a second module runs in between; create the cache in "
        "`__init__`, for each module."
    )


def test_not_saved(run):
    """The cache is not part of the state_dict

    Page: "which is not part of the `state_dict`"
    """
    data = run("saved")
    assert data["before"] == data["after"] and not any("cache" in name for name in data["before"]), (
        "Your state_dict contains the cache; register it with persistent=False, or keep it in plain attributes."
    )


def test_other_sizes(run):
    """It works for any batch size, length and sizes, and arguments have their names

    Page: "There is no context_length"
    """
    run.vary("output", what="output", cases=6)


def test_bias(run):
    """All but out_proj have a bias only if qkv_bias is True

    Page: "have a bias only if `qkv_bias` is True"
    """
    for bias, layers in run("biases").items():
        for name, has in layers.items():
            assert has == bias, f"With qkv_bias={bias}, your {name} {'has a' if has else 'has no'} bias."


def test_refuses_what_does_not_divide(run):
    """A number of heads that does not divide d_out raises an error

    Page: "raise an error in `__init__`"
    """
    assert run("indivisible"), "With d_out=8 and num_heads=3 your `__init__` should raise an error; it does not."


def test_dropout_while_training(run):
    """Attention weights are dropped in training

    Page: "Dropout acts on the weights, and only in training."
    """
    data = run("dropped")
    assert data["share"] and data["whole"] and data["independent"], (
        "With dropout=0.4 your code should drop attention weights, each by a draw of its own: apply dropout to the "
        "weights, after the softmax and before the product with the values."
    )
    assert data["share"] == 0.4, (
        f"With dropout=0.4 your code drops about {data['share']:.0%} of the weights; it should drop 40%."
    )
    assert data["factors"] == [0.0, 1.67], (
        "With dropout=0.4 a weight should be multiplied by 0 or by 1 / (1 - 0.4) = 1.67; "
        f"yours are multiplied by {' or '.join(str(factor) for factor in data['factors'])}."
    )


def test_no_dropout_in_evaluation(run):
    """Nothing is dropped in evaluation mode

    Page: "only in training"
    """
    data = run("in_evaluation")
    assert torch.allclose(data["with"], data["without"], atol=1e-5, equal_nan=True), (
        "In evaluation mode your output with dropout=0.4 differs from the one with dropout=0.0."
    )


def test_arguments_by_name(run):
    """Arguments have the page's names

    Page: "A module `MultiHeadLatentAttention(d_in, d_out, dropout, num_heads,"
    """
    run.same("by_name", what="output of a module created with named arguments")
