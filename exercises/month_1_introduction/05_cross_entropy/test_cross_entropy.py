"""Cross-entropy: the mean surprise in nats, over the targets that count, for scores of any size."""

import torch

from grader import general

SAFE = "Use ln Σ e^x − x_target with torch.logsumexp, so that no probability is ever rounded to 0."


def test_example(run):
    """The example of the task comes out right"""
    run.same("example", what="loss of the example")


def test_a_number(run):
    """The loss is one number, in a tensor"""
    loss = run("output")
    if isinstance(loss, torch.Tensor) and loss.numel() > 1:
        assert loss.dim() == 0, (
            f"Your loss has shape {tuple(loss.shape)}, a number for each example; return the mean of them."
        )
    if isinstance(loss, torch.Tensor) and loss.numel() == 1:
        assert float(loss) >= 0, (
            f"Your loss is {float(loss):.3f}, but ln p of a probability is at most 0, so −ln p is at least 0."
        )
    run.same("output", what="loss of five examples")


def test_other_sizes(run):
    """Any number of examples and classes works"""
    run.vary("output", what="loss")
    run.same("square", what="loss of 4 examples of 4 classes", hint="Each row is an example, each column a class.")


def test_against_torch(run):
    """It agrees with PyTorch's own cross_entropy"""
    from grader.probing import numbers

    expected = torch.nn.functional.cross_entropy(numbers(4, 4, seed="logits") * 2, torch.tensor([3, 0, 0, 1]))
    run.equal(run("square"), expected, what="loss of 4 examples of 4 classes")


def test_ignored(run):
    """Targets of -100 do not count"""
    hint = "An ignored example counts neither in the sum nor in the number that you divide by."
    for number in range(5):
        run.same("ignored", number=number, what=f"loss with {number} of 5 targets ignored", hint=hint)


def test_ignore_index(run):
    """ignore_index chooses what does not count"""
    for index in (-1, 0, 7):
        run.same("ignoring", index=index, what=f"loss with ignore_index={index}")


def test_unlikely(run):
    """An all but impossible class has a finite loss"""
    run.same("underflow", what="loss of logits [50, -60] with target 1", hint=SAFE)
    run.same("far_apart", what="loss of logits [200, 0] and [0, 0] with targets 1", hint=SAFE)
    run.same("farther_apart", what="loss of logits [10000, 0, -10000] with target 2", hint=SAFE)


def test_large_scores(run):
    """Scores of a thousand do not overflow"""
    run.same("large", rtol=1e-3, hint=SAFE)


# what holds in every exercise
test_dtype = general.dtypes("loss")
test_device = general.device("loss")
test_gradients = general.gradients()
test_no_memory = general.state("loss")
test_manners = general.manners()
