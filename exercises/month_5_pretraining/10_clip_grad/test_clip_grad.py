"""Checks for `clip_grad_norm`: one norm, one coefficient that is at most 1, and what is left alone."""

import torch

from exercises.kit import compare, diagnose


def _equal_gradients(run, probe, call):
    data, expected = run(probe), run.reference(probe)
    for number, gradient in enumerate(expected["gradients"], 1):
        what = f"gradient of parameter {number} after `{call}`"
        run.equal(data["gradients"][number - 1], gradient, what=what)


def test_example(run):
    """The gradients of the worked example are clipped

    Page: "max_norm = 1 coefficient 1/5 gradients [0.6, 0] [[0.8]]"
    """
    _equal_gradients(run, "example", "clip_grad_norm(params, 1.0)")


def test_norm(run):
    """The norm before clipping is returned

    Page: "Both calls return 5."
    """
    for probe, call in (("example", "clip_grad_norm(params, 1.0)"), ("example_below", "clip_grad_norm(params, 10.0)")):
        what = f"result of `{call}` for the worked example"
        run.equal(run(probe)["norm"], run.reference(probe)["norm"], what=what)


def test_below(run):
    """Gradients shorter than max_norm stay as they are

    Page: "Gradients shorter than max_norm stay exactly as they are."
    """
    data = run("below")
    for number, (before, after) in enumerate(zip(data["before"], data["after"], strict=True)):
        assert isinstance(after, torch.Tensor) and torch.equal(before, after), (
            f"Your code changes the gradient of parameter {number % 3 + 1} although the norm is half of max_norm; it "
            "should leave it as it is. The coefficient is never more than 1."
        )


def test_direction(run):
    """All gradients are scaled by the same coefficient

    Page: "Multiply every gradient by the coefficient."
    """
    data = run("direction")
    assert all(isinstance(x, torch.Tensor) for x in data["after"]), (
        "A gradient is None after your `clip_grad_norm(params, 1.0)`; it should be the scaled gradient."
    )
    before, after = (torch.cat([x.flatten() for x in data[when]]) for when in ("before", "after"))
    if before.shape != after.shape or torch.equal(before, after):
        return  # the shape and the scaling have checks of their own
    cosine = torch.nn.functional.cosine_similarity(before, after, dim=0).item()
    assert cosine > 0.9999, (
        "Your clipped gradients point in a different direction than before: the coefficient is not the same for all "
        "of them. Compute one norm of all gradients, then scale every gradient by one coefficient."
    )


def test_generator(run):
    """params may be a generator

    Page: "which can be read only once"
    """
    data, expected = run("generator"), run.reference("generator")
    hint = "A generator can be read only once: make a list of it first."
    for number, gradient in enumerate(expected["gradients"], 1):
        what = f"gradient of parameter {number} after `clip_grad_norm(model.parameters(), 0.5)`"
        run.equal(data["gradients"][number - 1], gradient, what=what, hint=hint, rtol=1e-3)
    run.equal(data["norm"], expected["norm"], what="result of `clip_grad_norm(model.parameters(), 0.5)`", rtol=1e-3)


def test_missing(run):
    """Parameters without a gradient are left out

    Page: "A parameter whose `.grad` is None has not been used in the loss: leave it out."
    """
    _equal_gradients(run, "missing", "clip_grad_norm(params, 1.0)` where some gradients are None: `p.grad")
    what = "result of `clip_grad_norm(params, 1.0)` where some gradients are None"
    run.equal(run("missing")["norm"], run.reference("missing")["norm"], what=what)


def test_zeros(run):
    """Gradients of 0 stay 0

    Page: "avoids a division by 0"
    """
    _equal_gradients(run, "zeros", "clip_grad_norm(params, 1.0)` where all gradients are 0: `p.grad")


def test_eps(run):
    """eps is added to the norm in the division only

    Page: "coefficient = max_norm / (norm + eps)"
    """
    _equal_gradients(run, "eps", "clip_grad_norm(params, 2.0, eps=1.0)")
    _equal_gradients(run, "default_eps", "clip_grad_norm(params, 1e-6)` of millionths, where the default eps counts, `")
    what = "result of `clip_grad_norm(params, 2.0, eps=1.0)` for the worked example"
    run.equal(run("eps")["norm"], run.reference("eps")["norm"], what=what)


def test_by_name(run):
    """The arguments have the names of the signature

    Page: "`clip_grad_norm(params, max_norm, eps=1e-6)`"
    """
    _equal_gradients(run, "by_name", "clip_grad_norm(params=…, max_norm=2, eps=1e-6)")


def test_again(run):
    """Each call computes the norm anew

    Page: "Afterwards `p.grad` is the scaled gradient"
    """
    data, expected = run("again"), run.reference("again")
    run.equal(data["second"], expected["second"], what="result of a second call with the clipped gradients")
    run.equal(data["third"], expected["third"], what="result of a third call with new gradients", rtol=1e-3)


def test_weights(run):
    """The weights stay as they are

    Page: "The weights themselves stay as they are."
    """
    data = run("weights")
    for number, (before, after) in enumerate(zip(data["before"], data["after"], strict=True), 1):
        diagnose(
            compare.difference(after, before) is None,
            "weights-changed",
            f"Yours changes the weights of parameter {number}; it should change only `p.grad`.",
        )
    assert data["count"] == 4, "Your code changes the list of parameters itself; it should change only `p.grad`."
    assert data["trainable"], "Your code sets requires_grad=False on a parameter; it should not."
    assert data["leaves"], "A gradient requires gradients itself after your call; it should not."


def test_any_gradients(run):
    """Any number of gradients of any shape work

    Page: "any iterable of parameters"
    """
    run.vary("any_gradients", what="dict of the gradients and the norm", cases=8)
