"""Checks for `AdamW`: the update, its options, each parameter's own state, and what an optimizer must be able to do."""

import torch
from torch import nn

from exercises.kit import compare, diagnose, numbers

NAMES = ("the matrix", "the vector")


def _equal_weights(run, actual, expected, when):
    for name, weight, right in zip(NAMES * 2, actual, expected, strict=False):
        run.equal(weight, right, what=f"value of {name} {when}")


def test_example(run):
    """The worked example gives the expected weights

    Page: "1 2 0.99 0.2 0.004 2 2 0.89"
    """
    for t, (p, expected) in enumerate(zip(run("example"), run.reference("example"), strict=True), 1):
        run.equal(p, expected, what=f"weight of the worked example after step {t}")


def test_ten_steps(run):
    """Ten steps with options of the caller's are right

    Page: "`step()` updates each parameter p that has a gradient g, in place."
    """
    _equal_weights(run, run("ten_steps"), run.reference("ten_steps"), "after ten steps")


def test_against_torch(run):
    """Ten steps give the same as torch.optim.AdamW

    Page: "The results are those of `torch.optim.AdamW`."
    """
    data = run("ten_steps")
    params = [nn.Parameter(numbers(*shape, seed="weight 0")) for shape in ((2, 3), (4,))]
    optimizer = torch.optim.AdamW(params, lr=0.1, betas=(0.8, 0.9), eps=1e-3, weight_decay=0.2)
    for step in range(10):
        for number, p in enumerate(params):
            p.grad = numbers(*p.shape, seed=f"gradient {number} {step}") + 0.5
        optimizer.step()
    _equal_weights(run, data, [p.detach() for p in params], "after ten steps")


def test_defaults(run):
    """The default options are those of the signature

    Page: "AdamW(params, lr=1e-3, betas=(0.9, 0.999), eps=1e-8, weight_decay=0.01)"
    """
    data, expected = run("defaults"), run.reference("defaults")
    what = "change in ten steps with the default options, divided by the learning rate 0.001,"
    for name, change, right in zip(NAMES, data, expected, strict=True):
        run.equal(change, right, what=f"{name}'s {what}")


def test_eps(run):
    """eps is added to the square root of v̂

    Page: "p ← p − lr · m̂ / (√v̂ + eps)"
    """
    data, expected = run("small_gradients"), run.reference("small_gradients")
    what = "change in three steps with gradients of about eps, divided by the learning rate,"
    for name, change, right in zip(NAMES, data, expected, strict=True):
        run.equal(change, right, what=f"{name}'s {what}")


def test_without_gradient(run):
    """A parameter without a gradient stays as it is

    Page: "in the others p stays as it is, without any decay"
    """
    data = run("missing")
    assert compare.difference(data["unused"], data["initial"]) is None, (
        "Your `step()` changes a parameter whose gradient is None; it should leave it as it is, without any decay."
    )


def test_own_t(run):
    """Each parameter counts its own steps

    Page: "Each parameter has its own t."
    """
    when = "after four steps, in the first two of which the matrix has no gradient,"
    _equal_weights(run, run("missing")["after"], run.reference("missing")["after"], when)


def test_groups(run):
    """Each group of parameters has its own options

    Page: "groups can differ"
    """
    data, expected = run("groups"), run.reference("groups")
    for number, (weight, right) in enumerate(zip(data, expected, strict=True)):
        what = f"value of {NAMES[number % 2]} of the {'second' if number > 1 else 'first'} group after three steps"
        run.equal(weight, right, what=what)


def test_schedule(run):
    """The learning rate can change between steps

    Page: "a scheduler changes `group["lr"]` during training"
    """
    _equal_weights(run, run("schedule"), run.reference("schedule"), 'after three steps with different group["lr"]')
    _equal_weights(run, run("scheduler"), run.reference("scheduler"), "after three steps with LambdaLR")


def test_gradients_stay(run):
    """step leaves the gradients as they are

    Page: "It leaves `p.grad` as it is"
    """
    data = run("gradients")
    for name, before, after in zip(NAMES, data["before"], data["after"], strict=True):
        assert after is not None, f"The gradient of {name} is None after your `step()`; it should stay as it is."
        diagnose(
            compare.difference(after, before) is None,
            "gradients-changed",
            f"Your `step()` changes the gradient of {name} in place; it should compute new tensors from it.",
        )
    diagnose(
        all(data["trainable"]) and all(data["leaves"]),
        "not-trainable",
        "Your `step()` leaves a parameter that cannot be trained further; it should change it in place, under "
        "torch.no_grad().",
    )


def test_resumed(run):
    """A new optimizer that loads the state continues in the same way

    Page: "Then `state_dict()` contains them, and a training can be resumed."
    """
    data = run("resumed")
    for name, whole, resumed in zip(NAMES, data["uninterrupted"], data["resumed"], strict=True):
        assert compare.difference(resumed, whole) is None, (
            f"The value of {name} is different if a new optimizer loads the state_dict after two steps. Keep t, m and "
            "v in self.state[p], and the options in the groups."
        )


def test_two_optimizers(run):
    """Two optimizers do not affect each other

    Page: "For each of them you keep the step number t and two tensors m and v"
    """
    data = run("two")
    for name, alone, mixed in zip(NAMES, data["alone"], data["mixed"], strict=True):
        assert compare.difference(mixed, alone) is None, (
            f"The value of {name} is different if a different optimizer of your class takes steps in between. Keep "
            "the state in the instance."
        )


def test_model(run):
    """It trains a model from model.parameters()

    Page: "which any training loop can use"
    """
    for name, weight, right in zip(("weight", "bias"), run("model"), run.reference("model"), strict=True):
        run.equal(weight, right, what=f"`{name}` of an nn.Linear after three steps of training", rtol=1e-3)


def test_by_name(run):
    """The arguments have the names and the order of the signature

    Page: "AdamW(params, lr=1e-3, betas=(0.9, 0.999), eps=1e-8, weight_decay=0.01)"
    """
    _equal_weights(run, run("by_name"), run.reference("by_name"), "after a step with named options")
    _equal_weights(run, run("by_position"), run.reference("by_position"), "after a step with positional options")


def test_any_options(run):
    """Any options and numbers of steps work

    Page: "Read the options from the group in each step"
    """
    run.vary("any_options", what="list of the weights (options in tenths)", cases=5)
