"""Embeddings of tokens and positions, dropout, blocks of their own, a norm, a head without a bias."""

import torch


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


def test_no_dropout_in_evaluation(run):
    """Nothing is dropped in evaluation mode"""
    run.same("in_evaluation", what="output in evaluation mode")


def test_settings(run):
    """The cfg stays as it was"""
    assert run("settings"), "Your model changes the cfg it is given; another model may be made from it next."


def test_dtype(run):
    """A model in double precision gives logits in double precision"""
    run.same("in_double", what="output in double precision")


def test_device(run):
    """It works on the device of its ids"""
    run.same("on_meta", what="output", hint="Make the position ids on in_idx.device.")


def test_registered(run):
    """An optimizer finds every weight"""
    lost = run("unregistered")
    more = f" and {len(lost) - 1} more" if len(lost) > 1 else ""
    assert not lost, (
        f"{lost[0]}{more} is not among the model's parameters. Are the blocks in a plain list? Use nn.Sequential "
        "or nn.ModuleList."
    )


def test_no_memory(run):
    """Nothing is kept between calls, and the ids stay as they were"""
    data = run("state")
    run.equal(
        data["in a row"],
        data["anew"],
        what="output after other calls",
        hint="That is what a new module gives: something is kept from one call to the next.",
    )
    assert data["untouched"], "Your code changes its input in_idx in place."


def test_gradients(run):
    """Every weight learns"""
    mine, right = run("learning"), run.reference("learning")
    lost = [place for place in right if mine.get(place) is None]
    assert not lost, f"No gradient reaches {', '.join(lost[:3])}. Is that part used? Is something detached?"
    run.equal({place: mine[place] for place in right}, right, what="gradient", rtol=1e-3, atol=1e-4)
