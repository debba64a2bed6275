"""Checks embeddings, dropout, separate blocks, the final norm and the output layer."""

import torch


def test_logits(run):
    """The logits are correct

    Page: "out_head     (B, T, vocab_size)  nn.Linear without a bias: the logits"
    """
    run.same("logits", what="result of `GPTModel(cfg)(in_idx)` for two sequences of five ids")


def test_positions_count(run):
    """The logits depend on the position

    Page: "of the positions 0 … T−1"
    """
    data = run("same_token")
    assert not torch.allclose(data[:, 0], data[:, 1], atol=1e-4, equal_nan=True), (
        "Your logits for one token, repeated four times, are the same at all positions; add pos_emb of 0, 1, 2, …"
    )


def test_future_is_hidden(run):
    """The logits do not depend on later tokens

    Page: "The logits of a position do not depend on later tokens."
    """
    data = run("perturbed")
    assert torch.allclose(data["before"][:, :3], data["after"][:, :3], atol=1e-4, equal_nan=True), (
        "Your logits at positions 0 to 2 change with the ids at positions 3 and 4; the attention must be causal."
    )


def test_other_sizes(run):
    """It works for any batch size, sequence length and configuration

    Page: "token ids, T ≤ context_length"
    """
    run.vary("logits", cases=3, what="result of `GPTModel(cfg)(in_idx)`")
    run.same("with_bias", what="result of `GPTModel(cfg)(in_idx)` with cfg['qkv_bias'] = True")


def test_by_name(run):
    """The arguments can be passed by name

    Page: "in_idx       (B, T)              token ids, T ≤ context_length"
    """
    run.same("by_name", what="result of `GPTModel(cfg=cfg)(in_idx=in_idx)`")


def test_blocks(run):
    """There are n_layers blocks

    Page: "n_layers blocks in sequence"
    """
    blocks = run("layers")["blocks"]
    assert blocks == 3, f"With n_layers=3 your trf_blocks has {blocks} blocks; it should have 3."


def test_own_tables(run):
    """tok_emb and out_head have separate weights

    Page: "In this exercise `tok_emb` and `out_head` have separate weights."
    """
    assert run("layers")["own tables"], "Your tok_emb and out_head share one table; each should have its own."


def test_embedding_dropout(run):
    """Dropout is applied to the embeddings in training

    Page: "Dropout acts on the sum of the embeddings, and only in training."
    """
    data = run("all_dropped")
    block_input = data["input"]
    assert block_input is None or not block_input.nan_to_num().any(), (
        "In training with drop_rate=1.0 the input of the first block should be all zeros; yours is not. Apply dropout "
        "to tok_emb + pos_emb, before the blocks."
    )
    scaled = run("quarter_kept")
    if scaled is None:  # no call of the block is seen
        return
    factors = " or ".join(str(factor) for factor in scaled["factors"])
    assert scaled["factors"] == [0.0, 4.0], (
        f"With drop_rate=0.75 in training, the numbers of tok_emb + pos_emb are multiplied by {factors}; they should "
        "be multiplied by 0 (dropped) or 1 / (1 - 0.75) = 4 (kept). Apply one dropout, to the sum."
    )
    assert scaled["independent"], "Your code drops whole tokens; it should drop single numbers: use nn.Dropout."


def test_nothing_else_dropped(run):
    """Nothing is dropped after the blocks

    Page: "Dropout acts on the sum of the embeddings"
    """
    what = "result of `GPTModel(cfg)(in_idx)` in training with drop_rate = 1.0, out_head(final_norm(0)),"
    run.equal(run("all_dropped")["logits"], run.reference("all_dropped")["logits"], what=what)


def test_block_dropout(run):
    """drop_rate is passed to the blocks

    Page: "pass it to each block"
    """
    data = run("block_dropped")
    assert torch.allclose(data["output"], data["input"], atol=1e-5, equal_nan=True), (
        "In training with drop_rate=1.0 a block should return its input, as both branches are dropped; your "
        "trf_blocks[1] returns something else. Pass cfg to the blocks."
    )


def test_no_dropout_in_evaluation(run):
    """Nothing is dropped in evaluation mode

    Page: "and only in training"
    """
    data = run("in_evaluation")
    assert torch.allclose(data["drop_rate=0.4"], data["drop_rate=0.0"], atol=1e-4, equal_nan=True), (
        "In evaluation mode your logits with drop_rate=0.4 differ from those with drop_rate=0.0."
    )
