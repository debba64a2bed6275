"""Checks for embed_onehot."""

import torch

from exercises.kit import common_checks


def test_example(run):
    """The worked example gives the expected result"""
    run.equal(run("example"), torch.tensor([[0.5, 0.6], [0.1, 0.2]]), what="result")


def test_rows(run):
    """Id i selects row i of the table"""
    run.same("square", what="result for the ids 0 to 3", hint="It should equal weight.")


def test_batch(run):
    """Ids (B, T) give vectors (B, T, emb)"""
    run.same("batch")


def test_against_torch(run):
    """The result agrees with PyTorch's embedding"""
    from exercises.kit import numbers, token_ids

    expected = torch.nn.functional.embedding(token_ids(2, 3, vocab_size=7), numbers(7, 3, seed="table"))
    run.equal(run("batch"), expected)


def test_any_shape(run):
    """Ids can have any shape"""
    shapes = ("()", "(4,)", "(2, 1, 3)", "(1, 2, 2, 2)")
    for result, expected, shape in zip(run("shapes"), run.reference("shapes"), shapes, strict=True):
        run.equal(result, expected, what=f"result for ids of shape {shape}")


def test_low_ids(run):
    """The largest id does not have to occur"""
    run.same("low_ids", hint="Only the ids 0 and 1 occur, but the table has 7 rows.")


def test_other_sizes(run):
    """Any number of ids, rows and columns works"""
    run.vary("batch", cases=8)


# General checks
test_dtype = common_checks.dtypes("result")
test_device = common_checks.device("result")
test_gradients = common_checks.gradients()
test_no_memory = common_checks.state("result")
test_manners = common_checks.manners()
