"""One epoch: the right weights, the right loss, in training mode, one step a batch."""

import torch

from grader import general


def test_order(run):
    """Each batch is followed by one step"""
    log = run("order")
    assert "backward" in log, "No gradient ever reaches the weights: call loss.backward() for each batch."
    assert "step" in log, "The optimizer that you are given never steps: call optimizer.step() after loss.backward()."
    steps, backwards = log.count("step"), log.count("backward")
    assert steps == 2, f"For two batches there should be two optimizer steps; there are {steps}."
    assert backwards == 2, f"For two batches there should be two calls of backward; there are {backwards}."
    assert log.index("backward") < log.index("step"), (
        "The first step comes before the first backward, so it has no gradients to use."
    )
    between = log[log.index("backward") : log.index("step")]
    assert "zero_grad" not in between, (
        "zero_grad stands between backward and step, so the step finds no gradients. Put it before backward."
    )


def test_weights(run):
    """The weights after two epochs are right"""
    run.same("trained", rtol=1e-3)


def test_other_sizes(run):
    """Any number of examples and any batch size works"""
    run.vary("trained", rtol=1e-3)


def test_only_the_optimizer(run):
    """Only what the optimizer holds is changed"""
    run.same("frozen", what="weight", rtol=1e-3)


def test_loss(run):
    """The loss is the mean of the batches' losses"""
    hint = "Nine examples in batches of 4, 4 and 1: three losses, each counts the same."
    data, right = run("loss"), run.reference("loss")
    run.equal(data["loss"], right["loss"], what="returned loss", rtol=1e-3, hint=hint)


def test_loss_before_step(run):
    """The loss is that of the weights the batch was trained on"""
    from grader.probing import values_for

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
        "Your loss is not a Python float. A tensor would keep the whole computation in memory: use loss.item()."
    )


def test_training_mode(run):
    """The model is in training mode"""
    from_evaluation, from_training = run("mode", training=False), run("mode", training=True)
    assert from_training and all(from_training), (
        "The model came in training mode and was in evaluation mode at a batch: leave it in training mode."
    )
    assert from_evaluation and all(from_evaluation), (
        "The model came in evaluation mode and stayed in it: call model.train() before the first batch."
    )


# what holds in every exercise
test_manners = general.manners("loss")
