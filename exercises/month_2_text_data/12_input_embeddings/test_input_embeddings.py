"""A token's vector plus its position's."""

import torch


def test_example(run):
    """The example of the task comes out right"""
    run.equal(run("example"), torch.tensor([[[5.1, 5.1], [1.2, 0.2]]]), what="output")


def test_tables(run):
    """A row for each id, and a row for each position"""
    for found, right, sizes in zip(run("sizes"), run.reference("sizes"), ((11, 5, 4), (3, 8, 2)), strict=True):
        for name, mine, other in zip(("tok_emb", "pos_emb"), found, right, strict=True):
            assert mine == other, (
                f"For InputEmbedding{sizes} the table {name} should have shape {tuple(other)}; it has {tuple(mine)}."
            )


def test_output(run):
    """Token and position vectors are added"""
    run.same("output", what="output")


def test_same_token(run):
    """The same token differs from place to place"""
    run.same("same_token", what="output for one token at every place")


def test_short(run):
    """Sequences may be shorter than the context"""
    run.same("output", length=3, what="output for T=3 with context_length=5")
    run.same("output", length=1, what="output for T=1 with context_length=5")


def test_long_context(run):
    """There may be more positions than ids"""
    run.same("long_context", what="output for 3 ids and 8 positions")


def test_other_sizes(run):
    """Any batch, length and width works"""
    run.vary("output", what="output")


def test_gradients(run):
    """Both tables learn"""
    data, right = run("learning"), run.reference("learning")
    for name in ("tok_emb", "pos_emb"):
        assert data[name] is not None, f"No gradient reaches {name}. Is something detached or under no_grad?"
        run.equal(data[name], right[name], what=f"gradient of {name}")


def test_registered(run):
    """An optimizer finds every weight"""
    data = run("registered")
    assert not data["lost"], f"{' and '.join(data['lost'])} is not among the module's parameters."
    assert data["count"] == 64, (
        f"With 11 ids, 5 positions and emb_dim=4 there are 11 · 4 + 5 · 4 = 64 numbers to learn; your module has "
        f"{data['count']}."
    )


def test_dtype(run):
    """The output has the tables' dtype"""
    data, right = run("precisions"), run.reference("precisions")
    for name in ("float64", "bfloat16"):
        run.equal(data[name], right[name], what=f"output for tables in {name}")


def test_device(run):
    """Positions are made where the ids are"""
    run.same("on_meta", what="output", hint="torch.arange needs device=ids.device.")


def test_no_memory(run):
    """Nothing is kept between calls, and the ids stay as they were"""
    data, right = run("state"), run.reference("state")
    run.equal(data["anew"], right["anew"], what="output")
    run.equal(data["in a row"], right["in a row"], what="output after other calls",
              hint="Is something kept from one call to the next?")  # fmt: skip
    assert data["untouched"], "Your code changes the ids in place."
