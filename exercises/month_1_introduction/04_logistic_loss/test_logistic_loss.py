"""Checks for `logistic_loss`: the mean loss, finite and differentiable for logits of any size."""

import math

import torch

from exercises.kit import common_checks

SAFE = "Compute ln(1 + e^z) − y · z with torch.logaddexp, which needs neither p nor e^z."


def test_example(run):
    """The worked example gives the expected result"""
    run.same("example", what="loss of the worked example")


def test_one_example(run):
    """The loss of one example is −ln p or −ln(1 − p)"""
    for logit, y in ((0.0, 1.0), (0.0, 0.0), (2.0, 1.0), (2.0, 0.0), (-1.0, 1.0)):
        p = 1 / (1 + math.exp(-logit))
        expected = f"−ln {p:.3f}" if y else f"−ln(1 − {p:.3f})"
        run.same("single", logit=logit, y=y, what=f"loss of one example with logit {logit:g} and y = {y:g}",
                 hint=f"The loss is {expected}.")  # fmt: skip


def test_a_number(run):
    """The loss is a 0-dimensional tensor"""
    loss = run("output")
    if isinstance(loss, torch.Tensor) and loss.numel() > 1:
        assert loss.dim() == 0, (
            f"Your loss has shape {tuple(loss.shape)}, one number for each example; it should be their mean."
        )
    run.same("output", what="loss of five examples")


def test_other_sizes(run):
    """Other numbers of examples and features work"""
    run.vary("output", what="loss")


def test_bias(run):
    """The bias is added to every logit"""
    run.same("bias", what="list of losses for b = −2, 0, 2")


def test_against_torch(run):
    """The loss agrees with binary_cross_entropy_with_logits"""
    from exercises.kit import numbers, token_ids

    logits = numbers(5, 3, seed="x") * 1.5 @ numbers(3, seed="w") + 0.7
    labels = token_ids(5, vocab_size=2).float()
    expected = torch.nn.functional.binary_cross_entropy_with_logits(logits, labels)
    run.equal(run("output"), expected, what="loss of five examples")


def test_far(run):
    """Logits of ±100 give a finite loss"""
    for logit, y in ((100.0, 1.0), (100.0, 0.0), (-100.0, 1.0), (-100.0, 0.0)):
        run.same("single", logit=logit, y=y, what=f"loss of one example with logit {logit:g} and y = {y:g}",
                 hint=SAFE)  # fmt: skip
    run.same("mixed", what="loss of five examples with logits up to ±100", hint=SAFE)


def test_gradient_far(run):
    """Logits of ±100 give the right gradients"""
    run.same("gradient_far", rtol=1e-3, what="gradient", hint=SAFE)


# General checks
test_dtype = common_checks.dtypes("loss")
test_device = common_checks.device("loss")
test_gradients = common_checks.gradients()
test_no_memory = common_checks.state("loss")
test_manners = common_checks.manners()
