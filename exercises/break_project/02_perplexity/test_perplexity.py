"""perplexity: e to the mean loss, every token but the first scored once, in windows that fit the model."""

import torch

from grader import general

ONCE = "Every token but the first must be scored exactly once."


def test_example(run):
    """The example of the task comes out right"""
    run.same("example", what="perplexity where P is 0.5, 0.25, 0.125", rtol=1e-3)


def test_uniform(run):
    """A model that knows nothing has perplexity V"""
    run.vary("uniform", what="perplexity of a uniform model", rtol=1e-3)


def test_certain(run):
    """A model that always knows has perplexity 1"""
    run.same("certain", what="perplexity of a perfect model", rtol=1e-3)


def test_one_window(run):
    """A text that fits the window is read at once"""
    run.same("one_window", what="perplexity of 8 tokens with context_size=8", rtol=1e-3,
             hint="Each token is scored with all tokens before it as context.")  # fmt: skip


def test_no_overlap(run):
    """Windows side by side score every token"""
    for n in (9, 10, 11, 5):
        hint = ONCE + " Is the first token of a window scored, by the window before? Is the tail?"
        run.same("output", n=n, what=f"perplexity of {n} tokens, context_size=4, stride=4,", hint=hint, rtol=1e-3)


def test_overlap(run):
    """Overlapping windows count no token twice"""
    for overlap in (1, 2, 3):
        what = f"perplexity of 11 tokens, context_size=4, stride={4 - overlap},"
        hint = ONCE + " Where windows overlap, the later one uses those tokens as context only."
        run.same("output", overlap=overlap, what=what, hint=hint, rtol=1e-3)


def test_other_sizes(run):
    """Texts, windows and strides of any size work"""
    run.vary("output", what="perplexity", cases=12, hint=ONCE, rtol=1e-3)


def test_against_torch(run):
    """It is e to PyTorch's mean cross-entropy"""
    from grader.probing import numbers, token_ids

    ids = token_ids(11, vocab_size=5)
    logits = numbers(5, 5, seed="table") * 1.5
    expected = torch.nn.functional.cross_entropy(logits[ids[:-1]], ids[1:])
    run.equal(run("mean_loss"), expected.item(), what="perplexity's logarithm", rtol=1e-3)


def test_windows(run):
    """The model never sees more than context_size tokens"""
    for context_size, stride in ((4, 3), (4, 4), (3, 1), (1, 1)):
        longest = run("called", context_size=context_size, stride=stride)["longest"]
        assert longest > 0, "Your code never calls the model."
        assert longest <= context_size, (
            f"With context_size={context_size} the model was given {longest} tokens at once; a real one would fail."
        )


def test_unlikely(run):
    """An all but impossible token gives a finite perplexity"""
    hint = "Take F.cross_entropy or log_softmax of the logits; ln of a softmax that is 0 is infinite."
    run.same("unlikely", what="perplexity", rtol=1e-3, hint=hint)


def test_evaluation(run):
    """The model is in evaluation mode, and comes back as it was"""
    from_training, from_evaluation = run("called", training=True), run("called", training=False)
    assert not from_training["was_training"] and not from_evaluation["was_training"], (
        "The model was in training mode when it was called, so dropout would change the result: call model.eval()."
    )
    assert from_training["training"], (
        "The model came in training mode and is left in evaluation mode: give it back with model.train(was_training)."
    )
    assert not from_evaluation["training"], (
        "The model came in evaluation mode and is left in training mode: give it back with model.train(was_training)."
    )


def test_no_gradients(run):
    """No gradients are recorded or left"""
    data = run("called")
    assert not data["recording"], (
        "PyTorch records every step for a backward pass that never comes. Call the model in `with torch.no_grad():`."
    )
    assert not data["gradients"], "There are gradients at the weights afterwards; nothing is to be learned here."
    assert not data["frozen"], "Your code leaves the weights with requires_grad=False, so they can learn no more."
    assert data["still_records"], "Gradients stay switched off after the call; use `with torch.no_grad():`."


def test_repeatable(run):
    """Nothing is kept between calls"""
    run.same("repeated", rtol=1e-3, hint="Start the sums at 0 in each call.")


# what holds in every exercise
test_float = general.python_float("example", "perplexity")
test_manners = general.manners("example")
