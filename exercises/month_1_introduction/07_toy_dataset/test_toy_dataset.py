"""ToyDataset: how many examples, and which is number i, as a DataLoader asks for them."""

from grader import general


def test_example(run):
    """The example of the task comes out right"""
    run.same("example")


def test_length(run):
    """len gives the number of examples"""
    hint = "Examples are the rows: the first number of X.shape, and as many as there are labels."
    run.vary("length", what="len(dataset)", hint=hint)


def test_items(run):
    """Each example comes with its own label"""
    run.same("items", what="list of examples, the last first")


def test_other_sizes(run):
    """Any number of examples and features works"""
    run.vary("items", what="list of examples, the last first")


def test_loader(run):
    """A DataLoader makes batches of it"""
    for size in (1, 2, 5):
        run.same("loaded", size=size, what=f"list of batches of {size}")


def test_shuffled(run):
    """Shuffled, every example still comes once and with its label"""
    run.same("shuffled", what="table of examples", hint="Use the index that you are given, in both places.")


def test_types(run):
    """Features and labels keep their types"""
    run.same("types", hint="Return what X and y hold, without a conversion.")


def test_views(run):
    """No example is copied when it is asked for"""
    assert run("views"), (
        "Each request copies the features (a clone or a new tensor). X[index] alone is a view and costs nothing."
    )


def test_independent(run):
    """Two datasets do not mix"""
    hint = "Keep X and y on self, in __init__: what is kept on the class is shared."
    run.same("two", hint=hint)


# what holds in every exercise
test_manners = general.manners("example")
