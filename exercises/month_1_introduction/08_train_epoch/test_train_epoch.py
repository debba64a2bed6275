"""Checks for `train_epoch`: the weights, the loss, training mode, and one step per batch."""

import torch

from exercises.kit import common_checks


def test_weights(run):
    """The weights and losses of two epochs are right

    Page: "optimizer.step() uses p.grad"
    """
    data, expected = run("trained"), run.reference("trained")
    for name, weight in expected["weights"].items():
        what = f"`{name}` after two epochs of two batches"
        run.equal(data["weights"][name], weight, what=what, rtol=1e-3)
    for number, loss in enumerate(expected["losses"]):
        what = f"`train_epoch(model, loader, optimizer)` in epoch {number + 1}"
        run.equal(data["losses"][number], loss, what=what, rtol=1e-3)


def test_order(run):
    """Each batch has one backward and one step

    Page: "with one step per batch"
    """
    log = run("order")
    assert "backward" in log, "Your loop computes no gradients: call loss.backward() for each batch."
    assert "step" in log, "Your loop never updates the weights: call optimizer.step() after loss.backward()."
    steps, backwards = log.count("step"), log.count("backward")
    assert steps == 2, f"Your loop takes {steps} optimizer steps for two batches; it should take two."
    assert backwards == 2, f"Your loop calls backward {backwards} times for two batches; it should call it twice."
    assert log.index("backward") < log.index("step"), (
        "Your loop calls step before the first backward; it should call backward first, which computes the gradients."
    )
    between = log[log.index("backward") : log.index("step")]
    assert "zero_grad" not in between, (
        "Your loop calls zero_grad between backward and step, so the step has no gradients. Call it before backward."
    )


def test_only_the_optimizer(run):
    """Only the parameters of the optimizer change

    Page: "It holds the learning rate and the parameters to train; others do not change"
    """
    data = run("frozen")
    for name, weight in data["before"].items():
        assert torch.equal(weight, data["after"][name]), (
            f"The {name} of a layer that the optimizer does not hold changes. Change weights only through "
            "optimizer.step()."
        )


def test_float(run):
    """The loss is a Python float

    Page: "Return the mean of the batch losses as a Python float"
    """
    assert run("loss")["is_float"], (
        "Your loss is not a Python float; use loss.item(). A tensor would keep its computation graph in memory."
    )


def test_training_mode(run):
    """The model trains in training mode

    Page: "Put the model in training mode before the first batch"
    """
    from_evaluation, from_training = run("mode", training=False), run("mode", training=True)
    assert from_training and all(from_training), (
        "Your function switches a model in training mode to evaluation mode; it should keep it in training mode."
    )
    assert from_evaluation and all(from_evaluation), (
        "Your function leaves the model in evaluation mode; call model.train() before the first batch."
    )


def test_loss(run):
    """The loss is the mean of the batch losses, computed before the steps

    Page: "Every batch has the same weight, even if the last one is smaller"
    """
    hint = "Nine examples give batches of 4, 4 and 1. Their three losses have the same weight."
    data, expected = run("loss"), run.reference("loss")
    what = "`train_epoch(model, loader, optimizer)` for nine examples"
    run.equal(data["loss"], expected["loss"], what=what, rtol=1e-3, hint=hint)


def test_other_sizes(run):
    """Other numbers of examples and batch sizes work

    Page: "For each batch"
    """
    run.vary("trained", what="dict of weights and losses after training", rtol=1e-3)


# General checks
test_manners = common_checks.manners("loss")
