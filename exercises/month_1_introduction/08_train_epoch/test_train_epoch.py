"""Checks for `train_epoch`: the weights, the loss, training mode, and one step per batch."""

import torch

from exercises.kit import common_checks


def test_order(run):
    """Each batch has one backward and one step"""
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


def test_weights(run):
    """The weights after two epochs are right"""
    run.same("trained", rtol=1e-3)


def test_other_sizes(run):
    """Other numbers of examples and batch sizes work"""
    run.vary("trained", rtol=1e-3)


def test_only_the_optimizer(run):
    """Only the parameters of the optimizer change"""
    run.same("frozen", what="weight", rtol=1e-3)


def test_loss(run):
    """The loss is the mean of the batch losses"""
    hint = "Nine examples give batches of 4, 4 and 1. Their three losses have the same weight."
    data, expected = run("loss"), run.reference("loss")
    run.equal(data["loss"], expected["loss"], what="returned loss", rtol=1e-3, hint=hint)


def test_loss_before_step(run):
    """The loss is computed before the step"""
    from exercises.kit import values_for

    data = run("before")
    first, second = torch.empty(5, 4), torch.empty(3, 5)
    w1, b1 = values_for("layers[0].weight", first), values_for("layers[0].bias", torch.empty(5))
    w2, b2 = values_for("layers[2].weight", second), values_for("layers[2].bias", torch.empty(3))
    logits = torch.tanh(data["x"] @ w1.T + b1) @ w2.T + b2
    expected = torch.nn.functional.cross_entropy(logits, data["y"]).item()
    run.equal(data["loss"], expected, what="loss of a single batch", rtol=1e-3)


def test_float(run):
    """The loss is a Python float"""
    assert run("loss")["is_float"], (
        "Your loss is not a Python float; use loss.item(). A tensor would keep its computation graph in memory."
    )


def test_training_mode(run):
    """The model trains in training mode"""
    from_evaluation, from_training = run("mode", training=False), run("mode", training=True)
    assert from_training and all(from_training), (
        "Your function switches a model in training mode to evaluation mode; it should keep it in training mode."
    )
    assert from_evaluation and all(from_evaluation), (
        "Your function leaves the model in evaluation mode; call model.train() before the first batch."
    )


# General checks
test_manners = common_checks.manners("loss")
