"""Checks for compute_logprobs and compute_dpo_loss."""

import math

from exercises.kit import Diagnosis, common_checks

NAMES = {"loss": "loss", "chosen_rewards": "chosen rewards", "rejected_rewards": "rejected rewards"}


def compare_loss(run, probe, case, hint="", **arguments):
    """Compares the loss, then the two rewards."""
    data, expected = run(probe, **arguments), run.reference(probe, **arguments)
    for key, name in NAMES.items():
        run.equal(data[key], expected[key], what=f"{name} of `compute_dpo_loss` for {case}", hint=hint)


def test_example_logprobs(run):
    """The worked example gives the expected log-probability

    Page: "(−2.408 − 1.099) / 2 = −1.753"
    """
    run.same("example_logprobs", what="`compute_logprobs(logits, labels)` for the worked example")


def test_example_mask(run):
    """A mask selects the tokens that count

    Page: "mask [[0, 0, 1]]      −1.099"
    """
    what = "`compute_logprobs(logits, labels, mask)` for the worked example with the mask [[0, 0, 1]]"
    run.same("example_logprobs", masked=True, what=what)


def test_example_loss(run):
    """The worked example gives the expected loss and rewards

    Page: "loss = −ln σ(0.13) = 0.630, rewards 0.5 and −0.8"
    """
    compare_loss(run, "example_loss", "the worked example")


def test_rewards(run):
    """The rewards have no gradients, and the loss has

    Page: "The rewards only show the progress, so they carry no gradients"
    """
    data = run("attached")
    for key in ("chosen_rewards", "rejected_rewards"):
        if data[key]:
            raise Diagnosis(
                "gradients",
                f"The {NAMES[key]} of your `compute_dpo_loss` require gradients, so they keep the graph of the model "
                "in "
                "memory; detach them.",
            )
    if not data["loss"]:
        raise Diagnosis(
            "gradients",
            "The loss of your `compute_dpo_loss` has no gradient; it should be computed from the model's "
            "log-probabilities "
            "without detach, .item() or no_grad.",
        )


def test_logprobs(run):
    """Texts of any number and length work

    Page: "Without a mask, all T − 1 predicted tokens count."
    """
    run.same("logprobs", what="`compute_logprobs(logits, labels)` for 3 texts of 5 tokens")
    run.vary("logprobs", what="`compute_logprobs(logits, labels)`")


def test_masked_logprobs(run):
    """Each row is divided by the number of its selected tokens

    Page: "Divide by the number of selected tokens of each row, not by T − 1."
    """
    what = "`compute_logprobs(logits, labels, mask)`, where each row selects another number of tokens,"
    run.same("masked_logprobs", what=what)
    run.same("square_logprobs", what="`compute_logprobs(logits, labels, mask)` for 4 texts of 4 tokens and V = 4")
    run.vary("masked_logprobs", what="`compute_logprobs(logits, labels, mask)`")


def test_first_token(run):
    """The first token never counts

    Page: "drop the last position of the logits, and the first of the labels and of the mask"
    """
    data = run("first_selected")
    hint = "With the first token of each row selected it is different; that token has no prediction."
    run.equal(data["selected"], data["not selected"], what="`compute_logprobs(logits, labels, mask)`", hint=hint)


def test_number_mask(run):
    """A mask of zeros and ones works

    Page: "True (or 1) for the tokens that count"
    """
    run.same("number_mask", what="`compute_logprobs(logits, labels, mask)` for an int64 mask of zeros and ones")


def test_unlikely(run):
    """A very unlikely token has a finite log-probability

    Page: "A probability can underflow to 0."
    """
    what = "`compute_logprobs(logits, labels)` for logits of 300 and 0"
    run.same("unlikely", what=what, hint="Use F.log_softmax.")


def test_equal_models(run):
    """A model that equals its reference has the loss ln 2

    Page: "If the model equals its reference, the logits are 0 and the loss is −ln ½ = ln 2 = 0.693"
    """
    for beta in (0.1, 2.0):
        compare_loss(run, "equal_models", f"a model that equals its reference, beta={beta}", beta=beta)


def test_loss(run):
    """The loss and the rewards are means over the batch

    Page: "the mean of −ln σ(beta · logits) over the batch"
    """
    compare_loss(run, "loss", "4 pairs of responses")
    compare_loss(run, "loss", "4 pairs of responses, beta=0.5", tenths=5)
    run.vary("loss", what="result of `compute_dpo_loss`")


def test_arguments(run):
    """The parameters have the expected names, order and default

    Page: "reference_chosen_logprobs, reference_rejected_logprobs, beta=0.1"
    """
    compare_loss(run, "default_beta", "3 pairs of responses without beta", hint="beta is 0.1 by default.")
    compare_loss(run, "by_name", "3 pairs of responses, with the arguments by name and beta=0.3")


def test_far_apart(run):
    """The loss is finite for any difference

    Page: "Use `F.log_softmax` and `F.logsigmoid`, which stay finite"
    """
    loss = run("far_apart")["loss"]
    if not (loss is not None and math.isfinite(float(loss.detach().mean() if hasattr(loss, "detach") else loss))):
        raise Diagnosis(
            "not-finite",
            f"Your loss is {float(loss):g} for log-probabilities of −900 and −1, as the sigmoid underflows to 0; use "
            "F.logsigmoid.",
        )


# General checks
test_dtype = common_checks.dtypes("results")
test_device = common_checks.device("results")
test_gradients = common_checks.gradients()
test_no_memory = common_checks.state("loss and log-probabilities of a training step")
test_manners = common_checks.manners()
