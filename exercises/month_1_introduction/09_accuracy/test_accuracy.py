"""compute_accuracy: the share of all examples, every one counted once, in evaluation mode, without gradients."""

import torch

from grader import general


def test_example(run):
    """The example of the task comes out right"""
    hint = "Count over all batches and divide once: a mean of the batches' shares gives a small batch too much weight."
    run.same("example", what="accuracy of the example", hint=hint)


def test_all_or_none(run):
    """All right is 1, all wrong is 0"""
    run.same("all_or_none")


def test_accuracy(run):
    """The share of right predictions is right"""
    share = run("accuracy")
    if isinstance(share, int | float) or (isinstance(share, torch.Tensor) and share.numel() == 1):
        assert 0 <= float(share) <= 1, f"Your accuracy is {float(share):g}; a share of all examples is between 0 and 1."
    run.same("accuracy", what="accuracy on 11 examples in batches of 4")
    run.same("square", what="accuracy on 6 examples of 3 classes in batches of 3",
             hint="The largest logit is looked for among the classes of an example: dim=1.")  # fmt: skip


def test_other_sizes(run):
    """Any number of examples, classes and any batch size works"""
    run.vary("accuracy", what="accuracy", cases=8)


def test_evaluation_mode(run):
    """The model is in evaluation mode"""
    modes = run("called", training=True)["was_training"]
    modes_from_evaluation = run("called", training=False)["was_training"]
    assert modes, "Your code never calls the model: logits = model(inputs)."
    assert not any(modes), (
        "The model was in training mode at a batch, so dropout would change its answers: call model.eval() first."
    )
    assert not any(modes_from_evaluation), (
        "The model came in evaluation mode and was in training mode at a batch: call model.eval() instead."
    )


def test_no_gradients(run):
    """No gradients are recorded or left"""
    data = run("called")
    assert not any(data["recording"]), (
        "PyTorch records every step for a backward pass that never comes. Call the model in `with torch.no_grad():`."
    )
    assert not any(data["gradients"]), "There are gradients at the weights afterwards; nothing is to be learned here."
    assert not any(data["frozen"]), "Your code leaves the weights with requires_grad=False, so they can learn no more."
    assert run("recording_after"), (
        "Gradients stay switched off after the call. `with torch.no_grad():` switches them on again at its end."
    )


def test_once(run):
    """Every batch goes through the model once"""
    sizes = run("called")["sizes"]
    assert sum(sizes) == 5, f"For 5 examples in the loader, the model saw {sum(sizes)}. Each should be seen once."


def test_repeatable(run):
    """Nothing is kept between calls"""
    run.same("repeated", hint="Start both counts at 0 in each call.")


# what holds in every exercise
test_manners = general.manners("accuracy")
