"""Checks for `NeuralNetwork`: hidden layers of 30 and 20 units with ReLU, and logits."""

import math

import torch

from exercises.kit import common_checks


def test_parameters(run):
    """NeuralNetwork(2, 2) has 752 parameters, in layers of 30, 20 and 2 units

    Page: "`NeuralNetwork(2, 2)` has 752 parameters"
    """
    sizes = run("sizes")
    assert sizes, (
        "PyTorch finds no parameters in your network. Call super().__init__() first, and keep the layers in a "
        "torch.nn.Sequential, not in a plain list."
    )
    shown = ", ".join(" × ".join(str(size) for size in shape) for shape in sizes)
    assert sizes == run.reference("sizes"), (
        f"Your `NeuralNetwork(2, 2)` has {sum(math.prod(shape) for shape in sizes)} parameters, in tensors of "
        f"{shown}. It should have 752: 2 × 30 and 30 for the first hidden layer, 20 × 30 and 20 for the second, 2 × 20 "
        "and 2 for the output."
    )


def test_logits(run):
    """The logits of five examples are right

    Page: "so `self.layers(x)` returns the logits"
    """
    run.same("output", what="`NeuralNetwork(4, 3)(x)` for 5 examples")


def test_raw_logits(run):
    """The last layer is followed by nothing

    Page: "Do not apply a softmax or a ReLU after the last layer"
    """
    logits = run("output")
    assert not ((logits.sum(dim=-1) - 1).abs() < 1e-4).all(), (
        "Each row of your `NeuralNetwork(4, 3)(x)` sums to 1, as after a softmax. Return the logits; the loss applies "
        "the softmax."
    )
    assert (logits < 0).any() or logits.isnan().any(), (
        "None of the logits in your `NeuralNetwork(4, 3)(x)` is negative, but some should be. Is there a ReLU or "
        "similar after the last layer?"
    )


def test_no_dropout(run):
    """Training and evaluation mode give the same logits

    Page: "no dropout, so training and evaluation mode give the same logits"
    """
    data = run("training")
    assert torch.equal(data["training"], data["evaluation"]) or data["training"].isnan().any(), (
        "Your `NeuralNetwork(4, 3)(x)` differs between training and evaluation mode. This network has no dropout."
    )


def test_gradients(run):
    """Gradients reach every parameter

    Page: "PyTorch finds all parameters automatically"
    """
    missing = [name for name, is_reached in run("learns").items() if not is_reached]
    assert not missing, (
        f"No gradient reaches {missing[0]} in your network. Compute the logits from tensors, without detach or no_grad."
    )


def test_independent(run):
    """Each network has its own layers

    Page: "Create the layers in `__init__`, so that each network has its own"
    """
    data = run("two")
    assert torch.allclose(data["before"], data["after"], equal_nan=True), (
        "The logits of your network change when only the weights of a second network change. Create the layers in "
        "__init__, on self."
    )


def test_other_sizes(run):
    """Other numbers of examples, inputs and outputs work

    Page: "Take the sizes from the arguments"
    """
    run.vary("output", what="`NeuralNetwork(num_inputs, num_outputs)(x)`")


# General checks
test_dtype = common_checks.dtypes("tensor of logits")
test_device = common_checks.device("tensor of logits")
test_no_memory = common_checks.state("tensor of logits")
test_manners = common_checks.manners()
