"""Checks for embed_onehot."""

import torch

from exercises.kit import common_checks, compare, numbers, token_ids


def test_example(run):
    """The worked example gives the expected result

    Page: "The result is row 2, then row 0"
    """
    run.equal(run("example"), torch.tensor([[0.5, 0.6], [0.1, 0.2]]), what="result of the worked example")


def test_product(run):
    """The rows are selected by a matrix product

    Page: "Use a matrix product: `weight[ids]`, like `nn.Embedding` and `F.embedding`, only looks the rows up"
    """
    looked_up = torch.tensor([[1.0]])
    assert compare.difference(run("with_infinity"), looked_up) is not None, (
        "Your code looks up the rows of weight: an infinite row that no id selects has no effect on the result, "
        "although a product multiplies it by 0, and 0 · ∞ is NaN. Multiply one-hot rows with weight."
    )


def test_rows(run):
    """Id i selects row i of the table

    Page: "each 1 selects a row, and the zeros contribute nothing"
    """
    run.same("square", what="result for the ids 0 to 3 and a table of 4 rows", hint="It should equal weight.")


def test_batch(run):
    """Ids (B, T) give vectors (B, T, emb)

    Page: "Ids of shape (B, T) give a result of shape (B, T, emb)"
    """
    run.same("batch", what="result for ids of shape (2, 3)")


def test_against_torch(run):
    """The result agrees with PyTorch's embedding

    Page: "`nn.Embedding` returns the same result without creating the one-hot rows"
    """
    expected = torch.nn.functional.embedding(token_ids(2, 3, vocab_size=7), numbers(7, 3, seed="table"))
    run.equal(run("batch"), expected, what="result for ids of shape (2, 3)")


def test_any_shape(run):
    """Ids can have any shape

    Page: "ids any shape (…), int64"
    """
    shapes = ("()", "(4,)", "(2, 1, 3)", "(1, 2, 2, 2)")
    for result, expected, shape in zip(run("shapes"), run.reference("shapes"), shapes, strict=True):
        run.equal(result, expected, what=f"result for ids of shape {shape}")


def test_low_ids(run):
    """The largest id does not have to occur

    Page: "Each one-hot row has V entries, one for each row of weight, even if the largest ids do not occur"
    """
    run.same("low_ids", what="result for the ids 0 and 1 and a table of 7 rows")


def test_other_sizes(run):
    """Any number of ids, rows and columns works

    Page: "weight (V, emb) one row for each id"
    """
    run.vary("batch", cases=8, what="result")


# General checks
test_dtype = common_checks.dtypes("result")
test_device = common_checks.device("result")
test_gradients = common_checks.gradients()
test_no_memory = common_checks.state("result")
test_manners = common_checks.manners()
