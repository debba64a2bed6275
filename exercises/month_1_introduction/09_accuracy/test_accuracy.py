"""Checks for `compute_accuracy`: the fraction of all examples, in evaluation mode and without gradients."""

import torch

from exercises.kit import common_checks


def test_example(run):
    """The worked example gives the expected result"""
    hint = "Count over all batches and divide once; a mean of batch accuracies gives a small batch too much weight."
    run.same("example", what="accuracy in the worked example", hint=hint)


def test_all_or_none(run):
    """The accuracy is 1 if all are right, 0 if all are wrong"""
    run.same("all_or_none")


def test_accuracy(run):
    """The accuracy is right"""
    accuracy = run("accuracy")
    if isinstance(accuracy, int | float) or (isinstance(accuracy, torch.Tensor) and accuracy.numel() == 1):
        assert 0 <= float(accuracy) <= 1, f"Your accuracy is {float(accuracy):g}; it should be from 0 to 1."
    run.same("accuracy", what="accuracy on 11 examples in batches of 4")
    run.same("square", what="accuracy on 6 examples of 3 classes in batches of 3",
             hint="Take the argmax over the classes, dim=1.")  # fmt: skip


def test_other_sizes(run):
    """Other numbers of examples, classes and batch sizes work"""
    run.vary("accuracy", what="accuracy", cases=8)


def test_evaluation_mode(run):
    """The model is called in evaluation mode"""
    modes = run("called", training=True)["was_training"]
    modes_from_evaluation = run("called", training=False)["was_training"]
    assert modes, "Your code never calls the model: logits = model(inputs)."
    assert not any(modes), (
        "Your function calls the model in training mode, where dropout changes the logits; call model.eval() first."
    )
    assert not any(modes_from_evaluation), (
        "Your function switches a model in evaluation mode to training mode; it should call model.eval()."
    )


def test_no_gradients(run):
    """No gradients are computed"""
    data = run("called")
    assert not any(data["recording"]), (
        "Your function records a graph for a backward pass. Call the model inside `with torch.no_grad():`."
    )
    assert not any(data["gradients"]), "Your function leaves gradients on the weights; it should not call backward."
    assert not any(data["frozen"]), (
        "Your function leaves the weights with requires_grad=False, so they cannot be trained."
    )
    assert run("recording_after"), (
        "Your function leaves gradients disabled; `with torch.no_grad():` enables them again at its end."
    )


def test_once(run):
    """Each example passes through the model once"""
    sizes = run("called")["sizes"]
    assert sum(sizes) == 5, (
        f"Your function passes {sum(sizes)} examples to the model; it should pass each of the 5 once."
    )


def test_repeatable(run):
    """Repeated calls give the same result"""
    run.same("repeated", hint="Start both counts at 0 in each call.")


# General checks
test_manners = common_checks.manners("accuracy")
