"""Checks that blocks of any size give the same as plain attention, without storing all scores."""

import torch


def test_example(run):
    """The worked example gives the expected result

    Page: "Keys 0, 1, 2, values 10, 20, 30, d = 1, blocks of two, no mask."
    """
    run.same("example", what="result of `flash_attention` for the queries 1, 0, -1 and the keys and values on the page")


def test_everything_seen(run):
    """The result is correct without a mask

    Page: "softmax(q · kᵀ / √d) · v"
    """
    run.same("everything", what="result with causal=False")


def test_causal(run):
    """The result is correct with a causal mask

    Page: "If `causal`, no token attends to later tokens."
    """
    run.same("causal", what="result with causal=True")


def test_odd_blocks(run):
    """It works for any block size and for a shorter last block

    Page: "The last block can be shorter."
    """
    run.same("everything", length=5, block=2, what="result for T=5, block_size=2, causal=False")
    run.same("causal", length=5, block=3, what="result for T=5, block_size=3")
    run.same("causal", length=5, block=1, what="result for T=5, block_size=1")
    run.same("causal", length=4, block=10, what="result for T=4, block_size=10")


def test_other_sizes(run):
    """It works for any sequence length, vector size and block size

    Page: "for tensors (…, T, d)"
    """
    run.vary("everything", what="result with causal=False")
    run.vary("causal", what="result with causal=True")


def test_batches_and_heads(run):
    """It works with a batch and with heads

    Page: "The dots stand for no dimension, a batch, or a batch and heads."
    """
    actual, expected = run("batch"), run.reference("batch")
    run.equal(actual[0], expected[0], what="result for q, k and v of shape (2, 3, 5, 4)")
    run.equal(actual[1], expected[1], what="result for q, k and v of shape (3, 5, 4)")
    run.vary("batch", what="results for a batch with and for a batch without heads", cases=4)


def test_against_torch(run):
    """The result matches PyTorch's attention

    Page: "computes exactly the same output"
    """
    from exercises.kit import numbers

    q, k, v = (numbers(6, 4, seed=name) for name in ("queries", "keys", "values"))
    fused = torch.nn.functional.scaled_dot_product_attention
    run.equal(run("causal"), fused(q, k, v, is_causal=True), what="result with causal=True")
    run.equal(run("everything"), fused(q, k, v), what="result with causal=False")


def test_arguments(run):
    """Arguments can be passed by name, and causal defaults to True

    Page: "flash_attention(q, k, v, block_size, causal=True)"
    """
    run.same("by_name", what="result with the default of causal")


def test_future_is_hidden(run):
    """No token attends to later tokens

    Page: "no token attends to later tokens"
    """
    data = run("perturbed")
    assert torch.allclose(data["before"][:4], data["after"][:4], atol=1e-5, equal_nan=True), (
        "Your result for the first four tokens changes with the keys and values of later tokens; mask them."
    )


def test_large_scores(run):
    """It works for scores of any magnitude

    Page: "All scores of a row can be far below 0"
    """
    hint = "Subtract each query's largest score so far before torch.exp, and start at minus infinity."
    run.same("large_scores", what="result for large scores", hint=hint, rtol=1e-3, atol=1e-4)
    run.same("low_scores", what="result for scores far from 0 with causal=False", hint=hint, rtol=5e-3, atol=5e-3)
    hint = "Only minus infinity is lower than all scores."
    what = "result for scores far from 0 with causal=True"
    run.same("low_scores", causal=True, what=what, hint=hint, rtol=5e-3, atol=5e-3)


def test_block_by_block(run):
    """It never stores all scores

    Page: "Never compute the exponentials of all T × T scores at once"
    """
    assert run("block_by_block"), (
        "With T=16 and block_size=2 your code computes exp of all 16 × 16 scores at once. Process block_size keys "
        "at a time, and rescale the sums when a block has a larger score."
    )
