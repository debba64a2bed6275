"""Checks the loss, its parts and who learns from it."""

import torch


def test_example(run):
    """The worked example gives the expected loss

    Page: "loss = 0.25 · 0.732 + 0.75 · 0.408 = 0.489"
    """
    call = "`distill_loss` of the worked example with alpha = {}"
    for alpha, what in (
        (0.25, "0.25"),
        (1.0, "1, where only the teacher counts"),
        (0.0, "0, where only targets count"),
    ):
        data, expected = run("example", alpha=alpha), run.reference("example", alpha=alpha)
        run.equal(data, expected, what=call.format(what))


def test_loss(run):
    """The loss of a batch of texts is correct

    Page: "Both means are over all positions"
    """
    run.same("loss", what="`distill_loss` for logits (2, 3, 7)")
    run.same("flat", what="`distill_loss` for logits (10, 7)")


def test_equal_logits(run):
    """A student with the teacher's logits has no soft loss

    Page: "It is 0 if both models have the same probabilities"
    """
    for temperature, loss in run("equal_logits").items():
        assert abs(float(loss)) < 1e-4, (
            f"With alpha = 1, temperature {temperature} and equal logits of both models, your loss is "
            f"{float(loss):.4g}; it should be 0."
        )


def test_teacher(run):
    """Only the student learns

    Page: "No gradient may reach the teacher"
    """
    gradient = run("teacher_gradient")["teacher"]
    assert gradient is None or not gradient.any(), (
        "Your loss sends a gradient to the teacher's logits, so both models would change; use teacher.detach()."
    )


def test_other_sizes(run):
    """Any batch, length, temperature and weight works

    Page: "Any number of dimensions before the last works"
    """
    run.vary("loss", cases=8, what="`distill_loss`")


def test_far_apart(run, note):
    """Logits of any size work

    Page: "`log_softmax` is exact there"
    """
    data = run("far_apart")
    if not all(torch.isfinite(data[name]).all() for name in ("loss", "gradient")):
        note("For logits of some hundreds your loss is NaN or infinite; log_softmax in place of a logarithm is exact.")


def test_arguments_by_name(run):
    """Arguments have the page's names

    Page: "distill_loss(student, teacher, targets, temperature, alpha)"
    """
    run.same("by_name", what="`distill_loss` with named arguments")
