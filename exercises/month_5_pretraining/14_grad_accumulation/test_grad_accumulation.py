"""Checks for `train_accumulated`: the weights, the steps and what is in memory."""

from exercises.kit import common_checks, compare, diagnose


def _equal_weights(run, actual, expected, when):
    for name, weight in expected.items():
        run.equal(actual[name], weight, what=f"`{name}` after {when}", rtol=1e-3)


def test_equal_sizes(run):
    """Equal batches without -100 give the right weights

    Page: "For each group, the optimizer takes one step"
    """
    when = "training on four equal batches with k=2"
    _equal_weights(run, run("equal_sizes"), run.reference("equal_sizes"), when)


def test_unmasked(run):
    """Batches of different sizes give the right weights

    Page: "B and T can differ between pairs"
    """
    when = "training on four batches of different sizes with k=2"
    _equal_weights(run, run("unmasked"), run.reference("unmasked"), when)


def test_trained(run):
    """Targets of -100 do not count

    Page: "A target of −100 does not count"
    """
    when = "training on four batches with targets of -100 and k=2"
    _equal_weights(run, run("trained"), run.reference("trained"), when)


def test_large_batch(run):
    """The weights are those after one step with the large batch

    Page: "the weights are the same as after one step with the large batch"
    """
    data = run("large_batch")
    for name, weight in data["large"].items():
        assert compare.difference(data["small"][name], weight, rtol=1e-3) is None, (
            f"Your `{name}` differs between one step with three small batches (k=3) and one step with a batch of the "
            "same texts (k=1). Divide the sum of all losses by the number of all targets that count."
        )


def test_steps(run):
    """Each group takes one step, the last one too

    Page: "If the last group has fewer than k batches, it takes a step too."
    """
    for count, k, expected in ((5, 2, 3), (4, 2, 2), (3, 1, 3), (2, 5, 1)):
        steps = run("log", count=count, k=k)["steps"]
        assert steps == expected, (
            f"Your code takes {steps} optimizer steps for {count} batches with k={k}; it should take {expected}."
        )


def test_backward(run):
    """Each batch goes through the model once, and has one backward

    Page: "Call `backward` for each batch"
    """
    data = run("log")
    for name, call in (("models", "the model"), ("backwards", "backward")):
        assert data[name] == 5, f"Your code calls {call} {data[name]} times for five batches; it should be 5 times."


def test_reset(run):
    """The gradients are reset once for each group

    Page: "Reset the gradients once for each group, not for each batch."
    """
    lost = run("log")["lost"]
    assert not lost, (
        f"Your code resets the gradients in group {lost} after a backward, so gradients of this group are lost. Call "
        "zero_grad once for each group, before its first backward or after its step."
    )


def test_memory(run):
    """Only one batch's graph is in memory at a time

    Page: "Call `backward` for each batch before the next one goes through the model"
    """
    assert run("in_memory") <= 1, (
        "Your code calls the model with a second batch before backward of the first, so the graphs of several batches "
        "are in memory at once. Call backward for each batch before the model gets the next one."
    )


def test_mode(run):
    """The model stays in training mode

    Page: "leave the mode as it is"
    """
    assert all(run("modes")), "Your code puts the model in evaluation mode; it should leave it in training mode."


def test_only_the_optimizer(run):
    """Only the optimizer changes weights

    Page: "Do not scale, clip or change anything else"
    """
    data = run("frozen")
    diagnose(
        data["rate"] == 0.5,
        "learning-rate-changed",
        f"Yours changes the learning rate of the optimizer, here from 0.5 to {data['rate']:g}; it should leave it as "
        "it is, and divide the losses by N.",
    )
    assert compare.difference(data["after"], data["before"]) is None, (
        "Your code changes weights that the optimizer does not hold. Change weights only by optimizer.step()."
    )
    assert data["trainable"], "Your code leaves weights with requires_grad=False; it should leave that to the caller."


def test_other_sizes(run):
    """Any number of batches and any k work

    Page: "the number of batches for each step, at least 1"
    """
    run.vary("trained", what="dict of the weights after training", rtol=1e-3, cases=8)
    run.same("by_name", what="dict of the weights after training with named arguments", rtol=1e-3)


def test_repeatable(run):
    """A second training does not depend on the first

    Page: "the weights are the same"
    """
    first, second = run("again")
    assert compare.difference(second, first) is None, (
        "Your weights differ between two equal trainings. Keep nothing between the calls."
    )


# General checks
test_manners = common_checks.manners("trained")
