"""Checks the loop: the context, the last position, the largest logit, and what is returned."""

import torch

from exercises.kit import Diagnosis


def test_example(run):
    """The worked example gives the expected ids

    Page: "result 1 2 3 0 5 2"
    """
    ids = run("example")
    if isinstance(ids, torch.Tensor) and ids.dim() == 2 and ids.shape[1] != 6:
        says = (
            f"Yours returns {ids.shape[1]} ids for a prompt of 2 and max_new_tokens = 4; it should return 6: the "
            "prompt and a new id for each step, whatever the ids are."
        )
        raise Diagnosis("length", says, explains_values=True)
    run.same("example", what="`generate_text_simple(model, idx, 4, 3)` for the prompt 1, 2 of the worked example")


def test_output(run):
    """Each step appends the token with the largest logit

    Page: "index of the largest logit"
    """
    run.same("output", what="`generate_text_simple(model, idx, 4, 4)` for a prompt of 3 ids")


def test_context(run):
    """The model never gets more than context_size ids

    Page: "The model never gets more than context_size ids"
    """
    for prompt in (2, 5):
        longest = run("seen", prompt=prompt)
        assert longest == 3, (
            f"With context_size=3 and a prompt of {prompt} ids, your code passes up to {longest} ids to the model in 5 "
            "steps; it should pass up to 3, the last ones."
        )


def test_long_prompt(run):
    """A prompt longer than the context works, and is returned whole

    Page: "The result always contains the whole prompt."
    """
    run.same("output", prompt=6, context=3, what="`generate_text_simple(model, idx, 4, 3)` for a prompt of 6 ids")


def test_batch(run):
    """Each sequence of a batch is continued by itself

    Page: "Each sequence of the batch gets its own next id."
    """
    run.same("output", batch=3, what="`generate_text_simple(model, idx, 4, 4)` for 3 prompts of 3 ids")
    what = "`generate_text_simple(model, idx, 4, 2)` for 3 prompts of 3 ids"
    run.same("output", batch=3, context=2, what=what)


def test_other_sizes(run):
    """It works for any numbers of sequences, ids and steps

    Page: "ids of B prompts, int64"
    """
    run.same("output", new=0, what="`generate_text_simple(model, idx, 0, 4)`, which adds nothing,")
    run.vary("output", what="`generate_text_simple(model, idx, max_new_tokens, context_size)`", cases=8)


def test_by_name(run):
    """The arguments can be passed by name

    Page: "A function `generate_text_simple(model, idx, max_new_tokens, context_size)`"
    """
    run.same("by_name", what="`generate_text_simple` with named arguments")


def test_no_gradients(run):
    """The model runs without gradients

    Page: "run the model under `torch.no_grad()`"
    """
    data = run("grad_mode")
    assert not data["while"], (
        "Your code runs the model with gradients, which costs memory: use `with torch.no_grad():`."
    )
    assert data["after"], "Your code leaves gradients disabled; use `with torch.no_grad():`."


def test_mode(run):
    """The model's mode is preserved

    Page: "restore the previous mode at the end"
    """
    for name, flags in run("mode").items():
        assert all(flag == (name == "training") for flag in flags), (
            f"After your function, a model in {name} mode is in the other mode; restore it at the end, or leave it."
        )
