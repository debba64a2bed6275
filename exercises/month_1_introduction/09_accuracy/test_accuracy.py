"""Checks for `compute_accuracy`: the fraction of all examples, in evaluation mode and without gradients."""

import torch

from exercises.kit import common_checks


def test_example(run):
    """The worked example gives the expected result

    Page: "3 of 5 = 0.6"
    """
    hint = "Count over all batches and divide once; a mean of batch accuracies gives a small batch too much weight."
    run.same("example", what="`compute_accuracy(model, dataloader)` for the worked example", hint=hint)


def test_range(run):
    """The accuracy is a number from 0 to 1

    Page: "a number from 0 to 1: a Python number or a 0-dimensional tensor"
    """
    accuracy = run("accuracy")
    assert torch.as_tensor(accuracy).dim() == 0 and 0 <= float(accuracy) <= 1, (
        f"Your `compute_accuracy(model, dataloader)` for 11 examples is {accuracy}; it should be a number from 0 to 1."
    )


def test_all_or_none(run):
    """The accuracy is 1 if all predictions are right, 0 if all are wrong

    Page: "predictions (B,) the class with the largest logit"
    """
    data = run("all_or_none")
    run.equal(data["all_right"], 1.0, what="accuracy for three examples that the model all gets right")
    run.equal(data["all_wrong"], 0.0, what="accuracy for three examples that the model all gets wrong")


def test_other_sizes(run):
    """Other numbers of examples, classes and batch sizes work

    Page: "inputs, labels (B, …), (B,) from the dataloader"
    """
    run.same("square", what="accuracy on 6 examples of 3 classes in batches of 3",
             hint="Take the argmax over the classes, dim=1.")  # fmt: skip
    run.vary("accuracy", what="`compute_accuracy(model, dataloader)`", cases=8)


def test_evaluation_mode(run):
    """The model is called in evaluation mode

    Page: "`model.eval()` turns dropout off"
    """
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
    """No gradients are computed

    Page: "`with torch.no_grad():` stops PyTorch from recording the graph"
    """
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
    """Each example passes through the model once

    Page: "Pass each example through the model once"
    """
    sizes = run("called")["sizes"]
    assert sum(sizes) == 5, (
        f"Your function passes {sum(sizes)} examples to the model; it should pass each of the 5 once."
    )


def test_repeatable(run):
    """Repeated calls give the same result

    Page: "Start counting from 0 in each call"
    """
    data = run("repeated")
    first, again = (float(data[call]) for call in ("first", "again"))
    assert abs(first - again) < 1e-6, (
        f"Your `compute_accuracy(model, dataloader)` is {first:g}, and {again:g} when called again. Start both counts "
        "at 0 in each call."
    )


# General checks
test_manners = common_checks.manners("accuracy")
