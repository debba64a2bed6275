"""Checks the probabilities, then the loop of generate: context, top-k, drawing, end of text."""

import torch

from exercises.kit import common_checks

TOP = [4, 1, 3, 0, 2]  # tokens of FixedLogits, most likely first


def test_probabilities(run):
    """softmax_with_temperature is correct"""
    run.vary("probabilities", what="result")


def test_probabilities_against_torch(run):
    """The result matches PyTorch's softmax of logits / temperature"""
    from exercises.kit import numbers

    run.equal(run("probabilities"), torch.softmax(numbers(6) * 3 / 2, dim=0), what="result for temperature 2")


def test_cold_probabilities(run):
    """It works for low temperatures and large logits"""
    run.same(
        "cold_probabilities",
        what="result at temperature 0.1 for logits near -100",
        hint="Use torch.softmax; exp alone overflows or becomes 0 for such logits.",
    )


def test_softmax_manners(run):
    """softmax_with_temperature preserves the dtype, the gradient and its argument"""
    actual, expected = run("softmax_manners"), run.reference("softmax_manners")
    run.equal(
        actual["logits"],
        expected["logits"],
        what="argument logits after the call",
        hint="Your softmax_with_temperature should not change it in place: compute logits / temperature.",
    )
    run.equal(actual["probabilities"], expected["probabilities"], what="result for float64")
    assert actual["gradient"] is not None, (
        "Your probabilities are detached from the logits; gradients should flow back."
    )
    run.equal(actual["gradient"], expected["gradient"], what="gradient")


def test_greedy(run):
    """Temperature 0 takes the most likely token"""
    run.same("greedy", what="result")
    run.same("greedy_by_name", what="result of a call with keyword arguments")


def test_any_lengths(run):
    """It works for prompts, contexts and results of any length"""
    run.vary("greedy", what="result", cases=8)


def test_context(run):
    """The model never gets more than context_size tokens"""
    for case, longest in run("seen").items():
        assert longest == 3, (
            f"With context_size=3 and {case}, your code passes up to {longest} tokens to the model; "
            "it should pass the last 3."
        )


def test_top_k_greedy(run):
    """Temperature 0 takes the most likely token with top_k too"""
    run.same("greedy_among_two", what="result with top_k=2 and temperature 0")


def test_every_token_may_come(run):
    """Without top_k every token can be drawn"""
    ids = run("support")
    assert ids == sorted(TOP), (
        f"150 draws from five almost equally likely tokens gave only the ids {ids}; all five should occur."
    )


def test_top_k(run):
    """top_k draws from the k most likely tokens, and from all of them"""
    ids_by_k = {k: run("support", top_k=k) for k in (1, 2, 3)}
    for k, ids in ids_by_k.items():
        expected = sorted(TOP[:k])
        extra = [token for token in ids if token not in expected]
        assert not extra, (
            f"With top_k={k} your code draws {extra}; it should draw only from the {k} most likely tokens, {expected}. "
            "Set the other logits to -inf."
        )
        missing = [token for token in expected if token not in ids]
        assert not missing, f"With top_k={k} your code never draws {missing}; it should draw from {expected}."


def test_temperature(run):
    """A high temperature makes probabilities more equal, a low one less"""
    spread = run("spread")
    assert spread["5 at 5"] != "sharp", (
        "At temperature 5 and with logits 5 apart, your code almost always takes the most likely token; in about "
        "a third of the draws it should not. Divide the logits by the temperature, and draw the token."
    )
    assert spread["5 at 5"] == "graded", (
        "At temperature 5 and with logits 5 apart, your code draws all tokens about equally often. Draw by the "
        "probabilities of the tokens: one softmax of logits / temperature, over the tokens."
    )
    assert spread["0.8 at 0.2"] == "sharp", (
        "At temperature 0.2 and with logits 0.8 apart, your code should almost always draw the most likely token; "
        "it does not. Divide the logits by the temperature, before the softmax."
    )
    assert spread["top_k=3"] == "sharp", (
        "At temperature 0.2 and with logits 0.8 apart and top_k=3, your code should almost always draw the most "
        "likely token; it does not. Divide the logits by the temperature with top_k too."
    )
    assert spread["0.2 at 0.2"] == "graded", (
        "At temperature 0.2 and with logits 0.2 apart, about a third of the draws should not be the most likely "
        f"token; yours {'almost always are' if spread['0.2 at 0.2'] == 'sharp' else 'are spread evenly'}."
    )


def test_draws_anew(run):
    """Two calls draw different tokens"""
    assert run("fresh_draws"), "Two calls of your code draw the same 40 tokens. Do not set a seed in generate."


def test_stops_at_eos(run):
    """It stops at eos_id without appending it"""
    run.same("count_up", what="result without eos_id")
    run.same("count_up", eos_id=4, what="result for a model that counts 2, 3, 4, with eos_id=4")
    run.same("count_up", eos_id=3, what="result when the first new token is eos_id")
    run.same("count_up", eos_id=1, what="result when eos_id is never chosen")
    run.same("eos_in_prompt", what="result for a prompt that contains eos_id")


def test_stops_at_zero(run):
    """It stops at eos_id=0 too"""
    run.same("count_up", first=4, eos_id=0, what="result for a model that counts 4, 5, 0, with eos_id=0")


def test_stops_while_drawing(run):
    """It stops at eos_id when drawing too"""
    data = run("eos_while_drawing")
    assert not data["contains eos"], "Your result contains eos_id; stop before you append it."
    assert data["stopped"], "Your code continues after it draws eos_id; it should stop."


def test_no_gradients(run):
    """The model runs without gradients"""
    data = run("grad_mode")
    assert not data["while"], (
        "Your code runs the model with gradients, which costs memory: use `with torch.no_grad():`."
    )
    assert data["after"], "Your generate leaves gradients disabled; use `with torch.no_grad():`."


def test_mode(run):
    """The model's mode is preserved"""
    data = run("mode")
    for name, training in (("training", True), ("evaluation", False)):
        assert all(flag == training for flags in data[name] for flag in flags), (
            f"After your generate, a model in {name} mode is in the other mode; restore it, also when you stop early."
        )


def test_no_memory(run):
    """Nothing is kept between calls, and the prompt is not changed"""
    data, expected = run("state"), run.reference("state")
    hint = "Your code should not change it in place: create a new tensor."
    run.equal(data["prompt"], expected["prompt"], what="prompt idx after the call", hint=hint)
    run.equal(data["again"], data["first"], what="second result for the same prompt")
    run.equal(data["other"], expected["other"], what="result for a different prompt")


# General checks
test_manners = common_checks.manners("greedy")
