"""Checks for `perplexity`: every token but the first scored once, in windows of at most context_size tokens."""

import torch

from exercises.kit import common_checks

ONCE = "Every token but the first must be scored exactly once."


def test_example(run):
    """The worked example gives the expected result"""
    run.same("example", what="perplexity for P = 0.5, 0.25, 0.125", rtol=1e-3)


def test_uniform(run):
    """A uniform model has perplexity V"""
    run.vary("uniform", what="perplexity of a uniform model", rtol=1e-3)


def test_certain(run):
    """A perfect model has perplexity 1"""
    run.same("certain", what="perplexity of a perfect model", rtol=1e-3)


def test_one_window(run):
    """A text that fits into one window is scored in one call"""
    run.same("one_window", what="perplexity of 8 tokens with context_size=8", rtol=1e-3,
             hint="Score each token with all previous tokens as context.")  # fmt: skip


def test_no_overlap(run):
    """Adjacent windows score every token"""
    for n in (9, 10, 11, 5):
        hint = ONCE + " Is the first token of a window scored, by the previous window? Is the last window scored?"
        run.same("output", n=n, what=f"perplexity of {n} tokens, context_size=4, stride=4,", hint=hint, rtol=1e-3)


def test_overlap(run):
    """Overlapping windows score each token once"""
    for overlap in (1, 2, 3):
        what = f"perplexity of 11 tokens, context_size=4, stride={4 - overlap},"
        hint = ONCE + " A window should use the tokens that were scored before as context only."
        run.same("output", overlap=overlap, what=what, hint=hint, rtol=1e-3)


def test_other_sizes(run):
    """Other sizes of texts, windows and strides work"""
    run.vary("output", what="perplexity", cases=12, hint=ONCE, rtol=1e-3)


def test_against_torch(run):
    """The result agrees with F.cross_entropy"""
    from exercises.kit import numbers, token_ids

    ids = token_ids(11, vocab_size=5)
    logits = numbers(5, 5, seed="table") * 1.5
    expected = torch.nn.functional.cross_entropy(logits[ids[:-1]], ids[1:])
    run.equal(run("mean_loss"), expected.item(), what="logarithm of the perplexity", rtol=1e-3)


def test_windows(run):
    """A window has at most context_size tokens"""
    for context_size, stride in ((4, 3), (4, 4), (3, 1), (1, 1)):
        longest = run("called", context_size=context_size, stride=stride)["longest"]
        assert longest > 0, "Your code never calls the model."
        assert longest <= context_size, (
            f"Your longest window has {longest} tokens; it should have at most context_size={context_size}."
        )


def test_unlikely(run):
    """A very unlikely token gives a finite perplexity"""
    hint = "Use F.cross_entropy or log_softmax; the softmax can underflow to 0, and ln 0 is −inf."
    run.same("unlikely", what="perplexity", rtol=1e-3, hint=hint)


def test_evaluation(run):
    """The model is called in evaluation mode, and its mode is restored"""
    from_training, from_evaluation = run("called", training=True), run("called", training=False)
    assert not from_training["was_training"] and not from_evaluation["was_training"], (
        "Your function calls the model in training mode, where dropout changes the logits; call model.eval() first."
    )
    assert from_training["training"], (
        "Your function leaves a model that was in training mode in evaluation mode; call model.train(was_training)."
    )
    assert not from_evaluation["training"], (
        "Your function leaves a model that was in evaluation mode in training mode; call model.train(was_training)."
    )


def test_no_gradients(run):
    """No gradients are computed"""
    data = run("called")
    assert not data["recording"], (
        "Your function records a graph for a backward pass. Call the model inside `with torch.no_grad():`."
    )
    assert not data["gradients"], "Your function leaves gradients on the weights; it should not call backward."
    assert not data["frozen"], "Your function leaves the weights with requires_grad=False; they cannot be trained."
    assert data["still_records"], "Your function leaves gradients disabled; use `with torch.no_grad():`."


def test_repeatable(run):
    """Repeated calls give the same result"""
    run.same("repeated", rtol=1e-3, hint="Start the sums at 0 in each call.")


# General checks
test_float = common_checks.python_float("example", "perplexity")
test_manners = common_checks.manners("example")
