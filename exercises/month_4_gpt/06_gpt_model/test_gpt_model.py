"""Checks embeddings, dropout, separate blocks, the final norm and the output layer."""

import torch

from exercises.kit import common_checks


def test_logits(run):
    """The logits are correct"""
    run.same("logits", what="output")


def test_positions_count(run):
    """The logits depend on the position"""
    data = run("same_token")
    assert not torch.allclose(data[:, 0], data[:, 1], atol=1e-4), (
        "Your logits for a repeated token are the same at all positions; add pos_emb of 0, 1, 2, …"
    )
    run.equal(data, run.reference("same_token"), what="output for one token repeated")


def test_future_is_hidden(run):
    """The logits do not depend on later tokens"""
    data = run("perturbed")
    assert torch.allclose(data["before"][:, :3], data["after"][:, :3], atol=1e-4), (
        "Your logits at an early position depend on later tokens; the attention must be causal."
    )
    assert not torch.allclose(data["before"][:, 3:], data["after"][:, 3:], atol=1e-4), (
        "Your logits at the last positions do not depend on their own tokens."
    )


def test_full_context(run):
    """It works for a sequence of context_length tokens"""
    run.same("full_context", what="output for T = context_length")


def test_other_sizes(run):
    """It works for any batch size, sequence length and configuration"""
    run.vary("logits", what="output")


def test_blocks(run):
    """There are n_layers blocks, and tok_emb and out_head have separate weights"""
    data = run("layers")
    assert data["blocks"] == 3, f"With n_layers=3 your trf_blocks has {data['blocks']} blocks; it should have 3."
    assert data["own tables"], "Your tok_emb and out_head share one table; each should have its own."


def test_bias(run):
    """qkv_bias is passed to the blocks"""
    run.same("with_bias", what="output with qkv_bias=True")


def test_embedding_dropout(run):
    """Dropout is applied to the embeddings in training"""
    run.same(
        "all_dropped",
        what="output in training with drop_rate=1.0",
        hint="With all embeddings dropped, the output should not depend on the ids. Apply dropout to "
        "tok_emb + pos_emb, before the blocks.",
    )


def test_block_dropout(run):
    """drop_rate is passed to the blocks"""
    data = run("block_dropped")
    hint = "With drop_rate=1.0 a block should return its input, as both branches are dropped. Pass cfg to the blocks."
    run.equal(data["output"], data["input"], what="output of trf_blocks[1]", hint=hint)


def test_no_dropout_in_evaluation(run):
    """Nothing is dropped in evaluation mode"""
    run.same("in_evaluation", what="output in evaluation mode")


# General checks
test_dtype = common_checks.dtypes("output")
test_device = common_checks.device("output", hint="Create the positions on in_idx.device.")
test_registered = common_checks.weights()
test_gradients = common_checks.gradients(title="Gradients reach every weight")
test_no_memory = common_checks.state("output")
test_manners = common_checks.manners()
