"""logistic_loss: the mean of −ln p(right answer), finite and learnable for logits of any size."""

import math

import torch

from grader import general

SAFE = "Use ln(1 + e^z) − y · z with torch.logaddexp, which needs no probability and no large exponential."


def test_example(run):
    """The example of the task comes out right"""
    run.same("example", what="loss of the example")


def test_one_example(run):
    """One example's loss is −ln p(right answer)"""
    for logit, y in ((0.0, 1.0), (0.0, 0.0), (2.0, 1.0), (2.0, 0.0), (-1.0, 1.0)):
        p = 1 / (1 + math.exp(-logit))
        right = f"−ln {p:.3f}" if y else f"−ln(1 − {p:.3f})"
        run.same("single", logit=logit, y=y, what=f"loss of one example with logit {logit:g} and answer {y:g}",
                 hint=f"It is {right}.")  # fmt: skip


def test_a_number(run):
    """The loss is one number, in a tensor"""
    loss = run("output")
    if isinstance(loss, torch.Tensor) and loss.numel() > 1:
        assert loss.dim() == 0, (
            f"Your loss has shape {tuple(loss.shape)}, a number for each example; return the mean of them."
        )
    run.same("output", what="loss of five examples")


def test_other_sizes(run):
    """Any number of examples and features works"""
    run.vary("output", what="loss")


def test_bias(run):
    """The bias is added to every logit"""
    run.same("bias", what="list of losses for b = −2, 0, 2")


def test_against_torch(run):
    """It agrees with PyTorch's own loss on logits"""
    from grader.probing import numbers, token_ids

    logits = numbers(5, 3, seed="x") * 1.5 @ numbers(3, seed="w") + 0.7
    answers = token_ids(5, vocab_size=2).float()
    expected = torch.nn.functional.binary_cross_entropy_with_logits(logits, answers)
    run.equal(run("output"), expected, what="loss of five examples")


def test_far(run):
    """Logits of ±100 give a finite loss"""
    for logit, y in ((100.0, 1.0), (100.0, 0.0), (-100.0, 1.0), (-100.0, 0.0)):
        run.same("single", logit=logit, y=y, what=f"loss of one example with logit {logit:g} and answer {y:g}",
                 hint=SAFE)  # fmt: skip
    run.same("mixed", what="loss of logits of ±100", hint=SAFE)


def test_gradient_far(run):
    """Logits of ±100 can still be learned from"""
    run.same("gradient_far", rtol=1e-3, what="gradient", hint=SAFE)


# what holds in every exercise
test_dtype = general.dtypes("loss")
test_device = general.device("loss")
test_gradients = general.gradients()
test_no_memory = general.state("loss")
test_manners = general.manners()
