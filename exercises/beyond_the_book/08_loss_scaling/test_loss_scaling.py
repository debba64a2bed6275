"""Checks for LossScaler."""

from exercises.kit import common_checks, compare


def _unchanged(before, after):
    return all(compare.difference(b, a) is None for a, b in zip(before, after, strict=True))


def test_example(run):
    """The factor changes as in the worked example

    Page: "finite steps 2 8 · 2 = 16"
    """
    factors = run("example")["factors"]
    for step, (mine, right) in enumerate(zip(factors, run.reference("example")["factors"], strict=True)):
        run.equal(mine, right, what=f"factor after {step} of the six calls of `step` in the worked example")


def test_scale(run):
    """scale multiplies the loss, and keeps its graph

    Page: "returns loss · factor, with its graph"
    """
    data, expected = run("scaled"), run.reference("scaled")
    run.equal(data["loss"], expected["loss"], what="`LossScaler(8, 2, 3).scale(loss)` for the loss 4.25")
    assert data["has_graph"], "Your scale returns a tensor without a graph, so backward cannot compute gradients."
    run.equal(data["gradient"], expected["gradient"], what="gradient after `scale(loss).backward()`")


def test_one_step(run):
    """A good step is that of the optimizer without scaling

    Page: "divide all gradients by the factor, in place"
    """
    data = run("one_step")
    names = ("first group's weight", "second group's weight", "weight without a gradient")
    for name, mine, right in zip(names, data["scaled"], data["plain"], strict=True):
        run.equal(mine, right, what=f"{name} after a step")
    for name, mine, right in zip(names, data["gradients"], data["plain_gradients"], strict=False):
        assert mine is not None, "After your step, gradients are None: resetting them is the caller's task."
        run.equal(mine, right, what=f"gradient of the {name} after a step")


def test_overflow(run):
    """A step with an infinite or undefined gradient is skipped as a whole

    Page: "no step of the optimizer"
    """
    for letter, name in (("i", "infinite"), ("n", "NaN")):
        weights = run("overflow", letter=letter)["weights"]
        assert _unchanged(weights[1], weights[2]), f"Your weights change in a step where one gradient is {name}."
    data, expected = run("overflow"), run.reference("overflow")
    assert data["kept"], "After your step, gradients are None: resetting them is the caller's task."
    run.equal(data["weights"], expected["weights"], what="weights before and after good steps around an overflow")


def test_half(run):
    """Gradients that float16 cannot hold reach the weights

    Page: "dividing does not lose the small gradients again"
    """
    run.same("half", what="change of the weights in a step with gradients of 7e-9")


def test_clipped(run):
    """The divided gradients are clipped

    Page: "Divide first, then clip"
    """
    data, expected = run("clipped"), run.reference("clipped")
    hint = "The factor is 64, and max_norm is 0.5."
    run.equal(data["gradients"], expected["gradients"], what="gradients after clipping", hint=hint)
    run.equal(data["weights"], expected["weights"], what="weights after two steps with clipping", hint=hint)


def test_factors(run):
    """The factor follows growth and interval

    Page: "after `interval` good steps in a row"
    """
    run.same("factors", what="factor after each of twelve steps (interval 3, growth 4), of which the fifth overflows")
    run.same("two_overflows", what="factor after each of six steps, of which four overflow (interval 2, growth 4)")
    run.same("defaults", what="first factors of `LossScaler()` and `LossScaler(interval=5, growth=3, init=4)`")
    run.vary("factors", what="factor after each of twelve steps")


def test_two(run):
    """An object keeps its own factor

    Page: "An object keeps its own factor."
    """
    others = run("two_scalers")[1:]
    assert others == [8.0, 8.0], f"After an overflow of one scaler, the factors of two others are {others}, not 8."


test_manners = common_checks.manners("example")
