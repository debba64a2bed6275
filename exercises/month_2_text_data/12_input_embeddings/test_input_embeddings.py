"""A token's vector plus its position's."""

import torch

from grader import general


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


# what holds in every exercise
test_dtype = general.dtypes("output")
test_device = general.device("output", hint="torch.arange needs device=ids.device.")
test_registered = general.weights()
test_gradients = general.gradients(title="Both tables learn")
test_no_memory = general.state("output")
test_manners = general.manners()
