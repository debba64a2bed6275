"""Checks for `NeuralNetwork`: hidden layers of 30 and 20 units with ReLU, and logits."""

from exercises.kit import common_checks


def test_parameters(run):
    """NeuralNetwork(2, 2) has 752 parameters"""
    count = run("count")
    assert count != 0, (
        "PyTorch finds no parameters in your network. Call super().__init__() first, and keep the layers in a "
        "torch.nn.Sequential, not in a plain list."
    )
    assert count == 752, (
        f"Your NeuralNetwork(2, 2) has {count} trainable parameters; it should have 752, in three Linear layers "
        "with bias, of 30, 20 and 2 units."
    )


def test_widths(run):
    """The first hidden layer has 30 units, the second 20"""
    actual, expected = run("sizes"), run.reference("sizes")
    shown = ", ".join(" × ".join(str(size) for size in sizes) for sizes in actual)
    assert actual == expected, (
        f"The weights and biases of your NeuralNetwork(4, 3) have the sizes {shown}. They should be 4 × 30 and 30 "
        "for the first hidden layer, 30 × 20 and 20 for the second, 20 × 3 and 3 for the output."
    )


def test_shape(run):
    """The logits have a row for each example"""
    run.same("fresh", hint="Does forward apply all layers and return the result?")


def test_logits(run):
    """The logits are right"""
    logits = run("output")
    sums = logits.sum(dim=-1)
    assert not ((sums - 1).abs() < 1e-4).all(), (
        "Each row of your result sums to 1, as after a softmax. Return the logits; the loss applies the softmax."
    )
    assert not (logits >= 0).all(), (
        "None of your logits is negative, but some should be. Is there a ReLU or similar after the last layer?"
    )
    run.same("output", what="tensor of logits")


def test_other_sizes(run):
    """Other numbers of examples, inputs and outputs work"""
    run.vary("output", what="tensor of logits")


def test_no_dropout(run):
    """Training and evaluation mode give the same logits"""
    run.same("training", hint="This network should have no dropout.")


def test_gradients(run):
    """Gradients reach every parameter"""
    run.same("learns", what="gradient", rtol=1e-3)


def test_independent(run):
    """Two networks are independent"""
    run.same("two", hint="Do all networks share their layers? Create the layers in __init__.")


# General checks
test_dtype = common_checks.dtypes("tensor of logits")
test_device = common_checks.device("tensor of logits")
test_no_memory = common_checks.state("tensor of logits")
test_manners = common_checks.manners()
