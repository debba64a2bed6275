"""NeuralNetwork: two hidden layers of 30 and 20 units with ReLU, and plain logits."""

from grader import general


def test_parameters(run):
    """NeuralNetwork(2, 2) has 752 parameters"""
    count = run("count")
    assert count != 0, (
        "PyTorch finds no parameters in your network. Call super().__init__() first, and keep the layers in a "
        "torch.nn.Sequential: a plain list hides them."
    )
    assert count == 752, (
        f"Your NeuralNetwork(2, 2) has {count} trainable parameters; three Linear layers with bias, "
        "of 30, 20 and 2 units, have 752."
    )


def test_widths(run):
    """The first hidden layer has 30 units, the second 20"""
    found, right = run("sizes"), run.reference("sizes")
    shown = ", ".join(" × ".join(str(size) for size in sizes) for sizes in found)
    assert found == right, (
        f"The weights and biases of your NeuralNetwork(4, 3) have the sizes {shown}. There should be 4 × 30 and 30 "
        "for the first hidden layer, 30 × 20 and 20 for the second, 20 × 3 and 3 for the output."
    )


def test_shape(run):
    """The logits have a row for each example"""
    run.same("fresh", hint="Does forward go through all layers and return the result?")


def test_logits(run):
    """The logits are right"""
    logits = run("output")
    sums = logits.sum(dim=-1)
    assert not ((sums - 1).abs() < 1e-4).all(), (
        "Each row of your result sums to 1, so a softmax was taken. Return the logits; the loss takes the softmax."
    )
    assert not (logits >= 0).all(), (
        "None of your logits is negative, but some should be. Does something follow the last layer, such as a ReLU?"
    )
    run.same("output", what="logits of five examples")


def test_other_sizes(run):
    """Any numbers of examples, inputs and outputs work"""
    run.vary("output", what="table of logits")


def test_no_dropout(run):
    """Training and evaluation give the same logits"""
    run.same("training", hint="There is no dropout in this network.")


def test_gradients(run):
    """Gradients reach every weight"""
    run.same("learns", what="gradient", rtol=1e-3)


def test_independent(run):
    """Networks and calls do not mix"""
    run.same("two", hint="Do all networks share their layers? Make them in __init__.")


# what holds in every exercise
test_dtype = general.dtypes("table of logits")
test_device = general.device("table of logits")
test_no_memory = general.state("table of logits")
test_manners = general.manners()
