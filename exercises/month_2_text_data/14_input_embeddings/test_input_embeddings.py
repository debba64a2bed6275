"""Checks for InputEmbedding."""

import torch

from exercises.kit import common_checks


def test_example(run):
    """The worked example gives the expected result

    Page: "5.1 5.1 1.0 + 0.2 0.0 + 0.2 1.2 0.2"
    """
    run.equal(run("example"), torch.tensor([[[5.1, 5.1], [1.2, 0.2]]]), what="output for the ids 2, 0 of the example")


def test_tables(run):
    """The tables have one row per id and one row per position

    Page: "pos_emb table (context_length, emb_dim) one for each position"
    """
    for shapes, expected_shapes, sizes in zip(
        run("sizes"), run.reference("sizes"), ((11, 5, 4), (3, 8, 2)), strict=True
    ):
        for name, shape, expected in zip(("tok_emb", "pos_emb"), shapes, expected_shapes, strict=True):
            assert shape == expected, (
                f"The `{name}` of `InputEmbedding{sizes}` has shape {tuple(shape)}; it should be {tuple(expected)}."
            )


def test_output(run):
    """The output is the sum of token and position vectors

    Page: "result (B, T, emb_dim) their sum"
    """
    run.same("output", what="output for ids of shape (2, 5)")


def test_same_token(run):
    """The same token has a different vector at each position

    Page: "the other *where* it is"
    """
    vectors = run("same_token")[0]
    for position in range(1, len(vectors)):
        assert not torch.equal(vectors[0], vectors[position]), (
            f"Your output has the same vector at positions 0 and {position} for the ids 3, 3, 3, 3, 3; each position "
            "should add its own vector."
        )


def test_short(run):
    """Sequences can be shorter than context_length

    Page: "A sequence can be shorter than context_length"
    """
    run.same("output", length=3, what="output for ids of shape (2, 3) with context_length=5")
    run.same("output", length=1, what="output for ids of shape (2, 1) with context_length=5")


def test_long_context(run):
    """context_length can be larger than vocab_size

    Page: "Use as many positions as there are tokens"
    """
    run.same("long_context", what="output with vocab_size=3 and context_length=8")


def test_other_sizes(run):
    """Any batch size, sequence length and vector length works

    Page: "ids (B, T), T ≤ context_length"
    """
    run.vary("output", what="output")


# General checks
test_dtype = common_checks.dtypes("output")
test_device = common_checks.device("output", hint="Create the positions with torch.arange(…, device=ids.device).")
test_registered = common_checks.weights()
test_gradients = common_checks.gradients(title="Gradients reach both tables")
test_no_memory = common_checks.state("output")
test_manners = common_checks.manners()
