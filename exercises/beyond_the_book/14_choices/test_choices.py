"""Checks for score_choices."""


def test_example(run):
    """The worked example gives the expected scores

    Page: "By total, “mat” is more likely; per token and per byte, “sofa bed” is."
    """
    run.same("example", what="`score_choices(…)` for the worked example")


def test_scores(run):
    """Choices of different lengths get the right scores

    Page: "the choice's tokens are those of `" " + choice`"
    """
    run.same("scores", what="`score_choices(…)` for four choices")


def test_floats(run):
    """The scores are Python floats

    Page: "Python floats"
    """
    for name, value in run("example")[0].items():
        assert isinstance(value, float), f"Your {name!r} is a {type(value).__name__}; it should be a Python float."


def test_long(run):
    """A long choice has a finite score

    Page: "A product of many probabilities becomes 0 in float32."
    """
    run.same("long_choice", what="`score_choices(…)` for a choice of 30 tokens")


def test_no_gradients(run):
    """The model computes without gradients

    Page: "Compute without gradients"
    """
    data = run("called")
    assert data["recording"], "Your `score_choices` does not call the model."
    assert not any(data["recording"]), "Your code calls the model with gradients on; use torch.no_grad()."
    assert data["enabled"], "After your call gradients are off everywhere; use `with torch.no_grad():`."


def test_other_sizes(run):
    """Any prompt and any number of choices works

    Page: "returns a list with a dictionary for each of the texts in `choices`"
    """
    run.vary("scores", what="`score_choices(…)`", cases=5)


def test_device(run):
    """It works on any device

    Page: "put the ids on the device of the model"
    """
    assert run("common_device"), "Your `score_choices` returns no scores for a model on a second device."


def test_arguments_by_name(run):
    """Arguments have the page's names

    Page: "score_choices(model, tokenizer, prompt, choices)"
    """
    run.same("by_name", what="`score_choices(…)` with named arguments")
