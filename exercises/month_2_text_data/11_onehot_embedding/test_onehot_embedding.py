"""A row for each id, by a matrix product."""

import torch

from grader import general


def test_example(run):
    """The example of the task comes out right"""
    run.equal(run("example"), torch.tensor([[0.5, 0.6], [0.1, 0.2]]), what="result")


def test_rows(run):
    """Id i gives row i of the table"""
    run.same("square", what="result for the ids 0 to 3", hint="This must be weight itself.")


def test_batch(run):
    """A batch of sequences, (B, T) to (B, T, emb)"""
    run.same("batch")


def test_against_torch(run):
    """It agrees with PyTorch's own embedding"""
    from grader.probing import numbers, token_ids

    expected = torch.nn.functional.embedding(token_ids(2, 3, vocab_size=7), numbers(7, 3, seed="table"))
    run.equal(run("batch"), expected)


def test_any_shape(run):
    """Ids of any shape"""
    for found, right, shape in zip(run("shapes"), run.reference("shapes"), ("()", "(4,)", "(2, 1, 3)", "(1, 2, 2, 2)"),
                                   strict=True):  # fmt: skip
        run.equal(found, right, what=f"result for ids of shape {shape}")


def test_low_ids(run):
    """The largest ids need not occur"""
    run.same("low_ids", hint="Only the ids 0 and 1 occur, but the table has 7 rows.")


def test_other_sizes(run):
    """Any number of ids, rows and columns"""
    run.vary("batch", cases=8)


# what holds in every exercise
test_dtype = general.dtypes("result")
test_device = general.device("result")
test_gradients = general.gradients()
test_no_memory = general.state("result")
test_manners = general.manners()
