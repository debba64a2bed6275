"""Checks for `cross_entropy`: the mean loss over the targets that are not ignored, for scores of any size."""

import torch

from exercises.kit import common_checks

SAFE = "Compute ln Σ e^x − x_target with torch.logsumexp, which needs no probability."


def test_example(run):
    """The worked example gives the expected result"""
    run.same("example", what="loss of the worked example")


def test_a_number(run):
    """The loss is a 0-dimensional tensor"""
    loss = run("output")
    if isinstance(loss, torch.Tensor) and loss.numel() > 1:
        assert loss.dim() == 0, (
            f"Your loss has shape {tuple(loss.shape)}, one number for each example; it should be their mean."
        )
    if isinstance(loss, torch.Tensor) and loss.numel() == 1:
        assert float(loss) >= 0, f"Your loss is {float(loss):.3f}; −ln p should not be negative, since p is at most 1."
    run.same("output", what="loss of five examples")


def test_other_sizes(run):
    """Other numbers of examples and classes work"""
    run.vary("output", what="loss")
    run.same("square", what="loss of 4 examples of 4 classes", hint="Each row is an example and each column a class.")


def test_against_torch(run):
    """The loss agrees with F.cross_entropy"""
    from exercises.kit import numbers

    expected = torch.nn.functional.cross_entropy(numbers(4, 4, seed="logits") * 2, torch.tensor([3, 0, 0, 1]))
    run.equal(run("square"), expected, what="loss of 4 examples of 4 classes")


def test_ignored(run):
    """Targets of -100 are ignored"""
    hint = "Leave ignored examples out of both the sum and the number that you divide by."
    for number in range(5):
        run.same("ignored", number=number, what=f"loss with {number} of 5 targets ignored", hint=hint)


def test_ignore_index(run):
    """ignore_index selects the targets to ignore"""
    for index in (-1, 0, 7):
        run.same("ignoring", index=index, what=f"loss with ignore_index={index}")


def test_unlikely(run):
    """A very unlikely class has a finite loss"""
    run.same("underflow", what="loss of logits [50, -60] with target 1", hint=SAFE)
    run.same("far_apart", what="loss of logits [200, 0] and [0, 0] with targets [1, 1]", hint=SAFE)
    run.same("farther_apart", what="loss of logits [10000, 0, -10000] with target 2", hint=SAFE)


def test_large_scores(run):
    """Scores of 1,000 do not overflow"""
    run.same("large", rtol=1e-3, hint=SAFE)


# General checks
test_dtype = common_checks.dtypes("loss")
test_device = common_checks.device("loss")
test_gradients = common_checks.gradients()
test_no_memory = common_checks.state("loss")
test_manners = common_checks.manners()
