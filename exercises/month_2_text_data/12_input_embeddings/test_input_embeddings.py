"""Checks for InputEmbedding."""

import torch

from exercises.kit import common_checks


def test_example(run):
    """The worked example gives the expected result"""
    run.equal(run("example"), torch.tensor([[[5.1, 5.1], [1.2, 0.2]]]), what="output")


def test_tables(run):
    """The tables have one row per id and one row per position"""
    for shapes, expected_shapes, sizes in zip(
        run("sizes"), run.reference("sizes"), ((11, 5, 4), (3, 8, 2)), strict=True
    ):
        for name, shape, expected in zip(("tok_emb", "pos_emb"), shapes, expected_shapes, strict=True):
            assert shape == expected, (
                f"For InputEmbedding{sizes}, your {name} has shape {tuple(shape)}; it should be {tuple(expected)}."
            )


def test_output(run):
    """The output is the sum of token and position vectors"""
    run.same("output", what="output")


def test_same_token(run):
    """The same token has a different vector at each position"""
    run.same("same_token", what="output for the same token at every position")


def test_short(run):
    """Sequences can be shorter than context_length"""
    run.same("output", length=3, what="output for T=3 with context_length=5")
    run.same("output", length=1, what="output for T=1 with context_length=5")


def test_long_context(run):
    """context_length can be larger than vocab_size"""
    run.same("long_context", what="output for 3 ids and 8 positions")


def test_other_sizes(run):
    """Any batch size, sequence length and vector length works"""
    run.vary("output", what="output")


# General checks
test_dtype = common_checks.dtypes("output")
test_device = common_checks.device("output", hint="Create the positions with torch.arange(…, device=ids.device).")
test_registered = common_checks.weights()
test_gradients = common_checks.gradients(title="Gradients reach both tables")
test_no_memory = common_checks.state("output")
test_manners = common_checks.manners()
