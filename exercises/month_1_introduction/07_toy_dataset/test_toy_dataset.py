"""Checks for `ToyDataset`: the number of examples and example i, as a DataLoader needs them."""

from exercises.kit import common_checks


def test_example(run):
    """The worked example gives the expected result"""
    run.same("example")


def test_length(run):
    """len(dataset) is the number of examples"""
    hint = "The examples are the rows of X: their number is X.shape[0], or len(y)."
    run.vary("length", what="len(dataset)", hint=hint)


def test_items(run):
    """Each example comes with its own label"""
    run.same("items", what="list of examples in reverse order")


def test_other_sizes(run):
    """Other numbers of examples and features work"""
    run.vary("items", what="list of examples in reverse order")


def test_loader(run):
    """A DataLoader creates the right batches"""
    for size in (1, 2, 5):
        run.same("loaded", size=size, what=f"list of batches with batch_size={size}")


def test_shuffled(run):
    """Shuffled batches contain every example once, with its label"""
    run.same("shuffled", what="table of examples", hint="Use the argument index for both the features and the label.")


def test_types(run):
    """Features and labels keep their dtypes"""
    run.same("types", hint="Return the elements of X and y without converting them.")


def test_views(run):
    """Accessing an example copies nothing"""
    assert run("views"), "Your dataset copies the features at each access; it should return X[index], a view."


def test_independent(run):
    """Two datasets are independent"""
    hint = "Store X and y on self, in __init__; all datasets share the attributes of the class."
    run.same("two", hint=hint)


# General checks
test_manners = common_checks.manners("example")
