"""Checks the probabilities, then the loop of generate: context, top-k, drawing, end of text."""

import torch

from exercises.kit import diagnose

TOP = [4, 1, 3, 0, 2]  # tokens of FixedLogits, most likely first


def test_example(run):
    """softmax_with_temperature gives the probabilities of the worked example

    Page: "Four tokens with the logits 2, 1, 0 and −1"
    """
    actual, expected = run("example"), run.reference("example")
    for i, temperature in enumerate((1, 0.5, 2)):
        what = f"result of `softmax_with_temperature(logits, {temperature})` for the logits 2, 1, 0, -1"
        run.equal(actual[i], expected[i], what=what)


def test_greedy(run):
    """Temperature 0 takes the most likely token

    Page: "temperature 0: the largest logit"
    """
    run.same("greedy", what="result of `generate(model, idx, 4, 4)` for a prompt of three ids")
    run.same("greedy_by_name", what="result of `generate` with named arguments")


def test_other_probabilities(run):
    """softmax_with_temperature works for any logits and temperatures above 0

    Page: "Divided by a low temperature, logits near −100 become −1000."
    """
    run.vary("probabilities", cases=3, what="result of `softmax_with_temperature(logits, temperature)`")
    what = "result of `softmax_with_temperature(logits, 0.1)` for logits near -100"
    run.same("cold_probabilities", what=what, hint="Use torch.softmax; exp alone overflows or becomes 0 here.")


def test_probabilities_against_torch(run):
    """The result matches PyTorch's softmax of logits / temperature

    Page: "softmax(logits / temperature)"
    """
    from exercises.kit import numbers

    what = "result of `softmax_with_temperature(logits, 2)`"
    run.equal(run("probabilities"), torch.softmax(numbers(6) * 3 / 2, dim=0), what=what)


def test_any_lengths(run):
    """It works for prompts, contexts and results of any length

    Page: "prompt and n ≤ max_new_tokens ids"
    """
    run.vary("greedy", what="result of `generate`", cases=5)


def test_context(run):
    """The model never gets more than context_size tokens

    Page: "The model never gets more than context_size ids."
    """
    for case, longest in run("seen").items():
        diagnose(
            longest == 3,
            "context-not-cropped",
            f"With context_size=3 and {case}, your code passes up to {longest} tokens to the model; "
            "it should pass the last 3.",
        )


def test_top_k_greedy(run):
    """Temperature 0 takes the most likely token with top_k too

    Page: "at temperature 0, `top_k` has no effect"
    """
    run.same("greedy_among_two", what="result of `generate` with top_k=2 at temperature 0")


def test_every_token_may_come(run):
    """Without top_k every token can be drawn

    Page: "Without `top_k` every token can be drawn"
    """
    ids = run("support")
    diagnose(
        ids == sorted(TOP),
        "tokens-never-drawn",
        f"100 draws from five almost equally likely tokens gave only the ids {ids}; all five should occur.",
    )


def test_top_k(run):
    """top_k draws from the k most likely tokens, and from all of them

    Page: "**top-k** excludes all but the k most likely tokens"
    """
    ids_by_k = {k: run("support", top_k=k) for k in (1, 3)}
    for k, ids in ids_by_k.items():
        expected = sorted(TOP[:k])
        extra = [token for token in ids if token not in expected]
        diagnose(
            not extra,
            "outside-top-k",
            f"With top_k={k} your code draws {extra}; it should draw only {expected}, the {k} most likely. "
            "Set the other logits to -inf.",
        )
        missing = [token for token in expected if token not in ids]
        diagnose(
            not missing,
            "top-k-never-drawn",
            f"With top_k={k} your code never draws {missing}; it should draw from {expected}.",
        )


def test_temperature(run):
    """A high temperature makes probabilities more equal, a low one less

    Page: "The **temperature** makes likely tokens more or less likely"
    """
    spread = run("spread")
    diagnose(
        spread["5 at 5"] != "sharp",
        "not-flatter-at-5",
        "At temperature 5 and with logits 5 apart, your code almost always takes the most likely token; in about "
        "a third of the draws it should not. Divide the logits by the temperature, and draw the token.",
    )
    diagnose(
        spread["5 at 5"] == "graded",
        "even-at-5",
        "At temperature 5 and with logits 5 apart, your code draws all tokens about equally often. Draw by the "
        "probabilities of the tokens: one softmax of logits / temperature, over the tokens.",
    )
    diagnose(
        spread["0.8 at 0.2"] == "sharp",
        "not-sharper-at-0.2",
        "At temperature 0.2 and with logits 0.8 apart, your code should almost always draw the most likely token; "
        "it does not. Divide the logits by the temperature, before the softmax.",
    )
    diagnose(
        spread["top_k=3"] == "sharp",
        "temperature-without-top-k",
        "At temperature 0.2 and with logits 0.8 apart and top_k=3, your code should almost always draw the most "
        "likely token; it does not. Divide the logits by the temperature with top_k too.",
    )
    diagnose(
        spread["0.2 at 0.2"] == "graded",
        "temperature-at-0.2",
        "At temperature 0.2 and with logits 0.2 apart, about a third of the draws should not be the most likely "
        f"token; yours {'almost always are' if spread['0.2 at 0.2'] == 'sharp' else 'are spread evenly'}.",
    )


def test_draws_anew(run):
    """Two calls draw different tokens

    Page: "Do not set a seed"
    """
    diagnose(
        run("fresh_draws"),
        "same-draws",
        "Yours draws the same 20 tokens in two calls, as with a seed or a generator of its own; it should draw anew in "
        "each call, and set no seed.",
    )


def test_each_token_has_its_own_logits(run):
    """Each token is drawn from the logits after the one before it

    Page: "For each new token, `generate` takes these steps"
    """
    what = "result of `generate(model, idx, 6, 4, 0.001)`, which draws almost only the most likely tokens,"
    run.same("nearly_certain", what=what)


def test_stops_at_eos(run):
    """It stops at eos_id without appending it

    Page: "if drawn: stop, do not append it"
    """
    run.same("count_up", eos_id=4, what="result of `generate` with eos_id=4 for a model that counts 2, 3, 4")
    run.same("count_up", eos_id=3, what="result of `generate` when the first new token is eos_id")
    run.same("count_up", eos_id=1, what="result of `generate` when eos_id is never chosen")
    run.same("eos_in_prompt", what="result of `generate` for a prompt that contains eos_id")


def test_stops_at_zero(run):
    """It stops at eos_id=0 too

    Page: "`eos_id` can be 0"
    """
    run.same("count_up", first=4, eos_id=0, what="result of `generate` with eos_id=0 for a model that counts 4, 5, 0")


def test_stops_while_drawing(run):
    """It stops at eos_id when drawing too

    Page: "if drawn: stop"
    """
    data = run("eos_while_drawing")
    diagnose(
        not data["contains eos"], "eos-while-drawing", "Yours appends eos_id when it draws it; it should stop before."
    )
    diagnose(data["stopped"], "continues-after-eos", "Your code continues after it draws eos_id; it should stop.")


def test_no_gradients(run):
    """The model runs without gradients

    Page: "run the model under `torch.no_grad()`"
    """
    data = run("grad_mode")
    assert not data["while"], (
        "Your code runs the model with gradients, which costs memory: use `with torch.no_grad():`."
    )
    assert data["after"], "Your generate leaves gradients disabled; use `with torch.no_grad():`."


def test_mode(run):
    """The model's mode is preserved

    Page: "restore its previous mode"
    """
    data = run("mode")
    for name, training in (("training", True), ("evaluation", False)):
        assert all(flag == training for flags in data[name] for flag in flags), (
            f"After your generate, a model in {name} mode is in the other mode; restore it, also when you stop early."
        )


def test_no_memory(run):
    """Nothing is kept between calls

    Page: "Do not change `logits` or `idx` in place."
    """
    data = run("state")
    diagnose(
        torch.equal(data["same"], data["first"]),
        "drawn-at-temperature-0",
        "Yours gives two results for one prompt at temperature 0; it should take the largest logit there.",
    )
    assert torch.equal(data["again"], data["first"]), (
        "At temperature 0 a second call of your generate with the same prompt, after a different one, gives a "
        "different result."
    )
