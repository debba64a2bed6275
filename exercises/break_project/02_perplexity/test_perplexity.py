"""Checks for `perplexity`: every token but the first scored once, in windows of at most context_size tokens."""

import math

from exercises.kit import common_checks

ONCE = "Every token but the first must be scored exactly once."


def test_example(run):
    """The worked example gives the expected result

    Page: "e^1.386 = 4"
    """
    run.same("example", what="`perplexity(model, ids, 4, 2)` for P = 0.5, 0.25, 0.125", rtol=1e-3)


def test_uniform(run):
    """A uniform model has perplexity V

    Page: "A model that gives all tokens the same probability has perplexity V"
    """
    for vocab_size, n in ((7, 11), (3, 5), (2, 2)):
        result = float(run("uniform", vocab_size=vocab_size, n=n))
        assert math.isclose(result, vocab_size, rel_tol=1e-3), (
            f"Your perplexity of a uniform model with V = {vocab_size} is {result:.4f} on {n} tokens; it should be "
            "V. Divide by the number of tokens that you scored, and take the exponential last."
        )


def test_certain(run):
    """A perfect model has perplexity 1

    Page: "and a perfect one has 1"
    """
    result = float(run("certain"))
    assert math.isclose(result, 1, rel_tol=1e-3), (
        f"Your perplexity of a perfect model is {result:.4f}; it should be 1. The targets are one token later than the "
        "inputs."
    )


def test_no_overlap(run):
    """Adjacent windows score every token

    Page: "With stride = context_size the windows do not overlap"
    """
    for n in (9, 10, 11, 5):
        hint = ONCE + " Is the first token of a window scored, by the previous window? Is the last window scored?"
        run.same("output", n=n, what=f"`perplexity(model, ids, 4, 4)` for {n} tokens", hint=hint, rtol=1e-3)


def test_overlap(run):
    """Overlapping windows score each token once

    Page: "Every token but the first must be scored **exactly once**"
    """
    for overlap in (1, 2, 3):
        hint = ONCE + " A window should use the tokens that were scored before as context only."
        what = f"`perplexity(model, ids, 4, {4 - overlap})` for 11 tokens"
        run.same("output", overlap=overlap, what=what, hint=hint, rtol=1e-3)


def test_other_sizes(run):
    """Other sizes of texts, windows and strides work

    Page: "The text can be longer than `context_size`"
    """
    run.same("one_window", what="`perplexity(model, ids, 8, 8)` for 8 tokens", rtol=1e-3,
             hint="Score each token with all previous tokens as context.")  # fmt: skip
    run.vary("output", what="`perplexity(model, ids, context_size, stride)`", cases=12, hint=ONCE, rtol=1e-3)
    run.same("unlikely", what="`perplexity(model, ids, 6, 6)` for a text with an unlikely token", rtol=1e-3)


def test_windows(run):
    """A window has at most context_size tokens and moves by stride

    Page: "window T ≤ context_size"
    """
    for context_size, stride in ((4, 3), (4, 4), (3, 1), (1, 1)):
        longest = run("called", context_size=context_size, stride=stride)["longest"]
        assert longest > 0, "Your code never calls the model."
        assert longest <= context_size, (
            f"Your longest window has {longest} tokens; it should have at most context_size={context_size}."
        )
    counts = [run("called", stride=stride)["windows"] for stride in (1, 4)]
    assert counts[0] > counts[1], (
        f"Your code uses {counts[0]} windows for 11 tokens with stride=1 and {counts[1]} with stride=4; a smaller "
        "stride should take more windows."
    )


def test_unlikely(run):
    """A very unlikely token gives a finite perplexity

    Page: "An unlikely token has a large but finite loss"
    """
    result = float(run("unlikely"))
    assert math.isfinite(result), (
        f"Your perplexity of a text with a very unlikely token is {result}; it should be finite. Use "
        "F.cross_entropy or log_softmax; the softmax can underflow to 0, and ln 0 is −inf."
    )


def test_evaluation(run):
    """The model is called in evaluation mode

    Page: "use `model.eval()`"
    """
    modes = [run("called", training=training)["was_training"] for training in (True, False)]
    assert not any(modes), (
        "Your function calls the model in training mode, where dropout changes the logits; call model.eval() first."
    )


def test_mode_restored(run):
    """The mode of the model is restored

    Page: "restore the mode of the model at the end, as `model.train(was_training)`"
    """
    assert run("called", training=True)["training"], (
        "Your function leaves a model that was in training mode in evaluation mode; call model.train(was_training)."
    )
    assert not run("called", training=False)["training"], (
        "Your function leaves a model that was in evaluation mode in training mode; call model.train(was_training)."
    )


def test_no_gradients(run):
    """No gradients are computed

    Page: "Evaluation does not train"
    """
    data = run("called")
    assert not data["recording"], (
        "Your function records a graph for a backward pass. Call the model inside `with torch.no_grad():`."
    )
    assert not data["gradients"], "Your function leaves gradients on the weights; it should not call backward."
    assert not data["frozen"], "Your function leaves the weights with requires_grad=False; they cannot be trained."
    assert data["still_records"], "Your function leaves gradients disabled; use `with torch.no_grad():`."


def test_repeatable(run):
    """Repeated calls give the same result

    Page: "Start the sums at 0 in each call"
    """
    data = run("repeated")
    first, again = float(data["first"]), float(data["again"])
    assert math.isclose(first, again, rel_tol=1e-5) or math.isnan(first), (
        f"Your `perplexity(model, ids, 4, 3)` is {first:.4f}, and {again:.4f} when called again. Start the sums at "
        "0 in each call."
    )


# General checks
test_float = common_checks.python_float("example", "perplexity")
test_manners = common_checks.manners("example")
