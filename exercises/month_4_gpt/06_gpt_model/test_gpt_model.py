"""Embeddings of tokens and positions, dropout, blocks of their own, a norm, a head without a bias."""

import torch

from grader import general


def test_logits(run):
    """The logits are right"""
    run.same("logits", what="output")


def test_positions_count(run):
    """The same token means something else in another place"""
    data = run("same_token")
    assert not torch.allclose(data[:, 0], data[:, 1], atol=1e-4), (
        "One token repeated gives the same logits everywhere: positions do not count. Add pos_emb of 0, 1, 2, …"
    )
    run.equal(data, run.reference("same_token"), what="output for one token repeated")


def test_future_is_hidden(run):
    """No logit depends on later tokens"""
    data = run("perturbed")
    assert torch.allclose(data["before"][:, :3], data["after"][:, :3], atol=1e-4), (
        "The logits of an early position changed although only later tokens did: the future leaks."
    )
    assert not torch.allclose(data["before"][:, 3:], data["after"][:, 3:], atol=1e-4), (
        "The last logits do not change when their own tokens do."
    )


def test_full_context(run):
    """A sequence of context_length tokens fits"""
    run.same("full_context", what="output for T = context_length")


def test_other_sizes(run):
    """Any batch, length, depth, width and vocabulary works"""
    run.vary("logits", what="output")


def test_blocks(run):
    """There are n_layers blocks, and input and output tables of their own"""
    data = run("layers")
    assert data["blocks"] == 3, f"With n_layers=3 your trf_blocks holds {data['blocks']}."
    assert data["own tables"], "tok_emb and out_head share one table; here each has its own."


def test_bias(run):
    """qkv_bias reaches the attention"""
    run.same("with_bias", what="output with qkv_bias=True")


def test_embedding_dropout(run):
    """The embeddings are dropped in training"""
    run.same(
        "all_dropped",
        what="output in training with drop_rate=1.0",
        hint="With all embeddings dropped, nothing of the ids is left. Use dropout on tok_emb + pos_emb, before "
        "the blocks.",
    )


def test_block_dropout(run):
    """The blocks drop in training too"""
    data = run("block_dropped")
    hint = "With drop_rate=1.0 a block's branches are lost and x goes straight through. Do the blocks get the cfg?"
    run.equal(data["output"], data["input"], what="output of trf_blocks[1]", hint=hint)


def test_no_dropout_in_evaluation(run):
    """Nothing is dropped in evaluation mode"""
    run.same("in_evaluation", what="output in evaluation mode")


# General checks
test_dtype = general.dtypes("output")
test_device = general.device("output", hint="Make the position ids on in_idx.device.")
test_registered = general.weights()
test_gradients = general.gradients(title="Gradients reach every weight")
test_no_memory = general.state("output")
test_manners = general.manners()
