"""A row for each id, by a matrix product."""

import torch


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


def test_dtype(run):
    """The result has the table's dtype"""
    data, right = run("precisions"), run.reference("precisions")
    for name in ("float64", "bfloat16"):
        run.equal(data[name], right[name], what=f"result for a {name} table")


def test_gradient(run):
    """Gradients reach the rows that were picked"""
    run.same("gradient", what="gradient of weight")


def test_state(run):
    """Nothing is kept, and ids and table stay as they were"""
    data, right = run("state"), run.reference("state")
    run.equal(data["first"], right["first"])
    run.equal(data["other"], right["other"], what="result with another table")
    run.equal(data["again"], right["again"], what="result with the first table again")
    assert data["untouched"], "Your code changes its ids or its table in place."
