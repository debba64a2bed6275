"""Checks for `ToyDataset`: the number of examples and example i, as a DataLoader needs them."""

import torch

from exercises.kit import common_checks


def test_example(run):
    """The worked example gives the expected result

    Page: "len(dataset) 3 dataset[2] tensor([2.3, -1.1]), tensor(1)"
    """
    data, expected = run("example"), run.reference("example")
    run.equal(data["length"], expected["length"], what="`len(dataset)` in the worked example")
    run.equal(data["features"], expected["features"], what="features, `dataset[2][0]`, in the worked example")
    run.equal(data["label"], expected["label"], what="label, `dataset[2][1]`, in the worked example")


def test_types(run):
    """Features and labels keep their dtypes

    Page: "Return rows of X and y as they are, with their dtypes"
    """
    data = run("types")
    for key, dtype in (("features", torch.int64), ("labels", torch.float32), ("double", torch.float64)):
        name = "labels" if key == "labels" else "features"
        assert data[key].dtype == dtype, (
            f"The {name} of your dataset have the dtype {data[key].dtype} where the tensor passed in has {dtype}; "
            "return the elements of X and y without converting them."
        )


def test_views(run):
    """Accessing an example copies nothing

    Page: "it shares memory with X, so nothing is copied"
    """
    assert run("views"), "Your `dataset[1]` copies the features at each access; it should return X[index], a view."


def test_independent(run):
    """Each dataset has its own examples

    Page: "Store X and y on `self`, so that each dataset has its own"
    """
    data = run("two")
    assert data["before"][0] == data["after"][0] and torch.equal(data["before"][1], data["after"][1]), (
        "Your dataset changes when a second one is created. Store X and y on self, in __init__; all datasets share the "
        "attributes of the class."
    )


def test_other_sizes(run):
    """Other numbers of examples and features work

    Page: "X (N, F) the features: N examples of F numbers"
    """
    hint = "The examples are the rows of X: their number is X.shape[0], or len(y)."
    run.vary("length", what="`len(dataset)`", hint=hint)
    run.vary("items", what="list of all examples, from the last to the first")


def test_loader(run):
    """A DataLoader creates the right batches

    Page: "the first batch of a `DataLoader(dataset, batch_size=2)` contains examples 0 and 1"
    """
    for size in (1, 2, 5):
        batches, expected = run("loaded", size=size), run.reference("loaded", size=size)
        loader = f"`DataLoader(dataset, batch_size={size})`"
        run.equal(len(batches), len(expected), what=f"number of batches of {loader} for 5 examples")
        for number, batch in enumerate(expected, 1):
            for name, mine, right in zip(("features", "labels"), batches[number - 1], batch, strict=True):
                run.equal(mine, right, what=f"tensor of {name} in batch {number} of {loader}")


# General checks
test_manners = common_checks.manners("example")
