"""Checks the logits, then the names, sizes and dtypes."""

import torch


def test_one_token(run):
    """A single token passes norms, attention and feed-forward in the right order

    Page: "norm1 ── att"
    """
    run.same("one_token", what="result of `model(in_idx)` for in_idx of shape (2, 1) and one block")


def test_logits(run):
    """The logits are correct

    Page: "logits (B, T, vocab_size)"
    """
    run.same("one_block", what="result of `model(in_idx)` for in_idx of shape (2, 5) and one block")
    run.same("logits", what="result of `model(in_idx)` for in_idx of shape (2, 5) and two blocks")


def test_future_is_hidden(run):
    """No token attends to later tokens

    Page: "Attention is causal grouped-query attention"
    """
    data = run("perturbed")
    assert torch.allclose(data["before"][:, :3], data["after"][:, :3], atol=1e-4, equal_nan=True), (
        "Your logits at positions 0 to 2 change with the ids at positions 3 and 4; mask later tokens in attention."
    )


def test_no_positions_are_added(run):
    """Positions enter by rotation only

    Page: "nothing is added for positions"
    """
    rows = run("repeated")[0]
    assert torch.allclose(rows, rows[:1].expand_as(rows), atol=1e-4, equal_nan=True), (
        "For one id repeated five times, all values are equal, so all rows of the logits should be; yours differ by "
        "position. Rotate queries and keys; add no position to the embeddings, and leave the values as they are."
    )


def test_other_sizes(run):
    """It works for any batch size, length, base and sizes

    Page: "T can be smaller than context_length"
    """
    run.vary("logits", cases=4, what="result of `model(in_idx)`")
    run.same("shifted_norms", what="result of `model(in_idx)` for small embeddings, where eps of the norms matters")


def test_tied(run):
    """The head can be tied to the embedding

    Page: "your model then computes with the shared weight"
    """
    run.same("tied", what="result of `model(in_idx)` after `model.out_head.weight = model.tok_emb.weight`")


def test_no_biases(run):
    """No layer has a bias

    Page: "No layer needs a bias"
    """
    with_bias = run("biases")
    assert not with_bias, f"Your {', '.join(with_bias)} has a bias, for which Llama has no weights; pass bias=False."


def test_dtypes_of_cfg(run):
    """Weights and logits have the dtype cfg["dtype"]

    Page: "All linear layers, tok_emb and the logits have the dtype"
    """
    for expected, dtypes in run("dtypes").items():
        for name, dtype in dtypes.items():
            what = "the logits are" if name == "logits" else f"the weight of your `{name}` is"
            assert dtype == expected, f"With cfg['dtype'] = torch.{expected}, {what} {dtype}; pass the dtype on."
