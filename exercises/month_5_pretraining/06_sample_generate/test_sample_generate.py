"""Probabilities by temperature; then tokens one by one: cropped, filtered, drawn, stopped at the end of text."""

import torch

from grader import general

TOP = [4, 1, 3, 0, 2]  # the Deaf model's tokens, likeliest first


def test_probabilities(run):
    """softmax_with_temperature is right"""
    run.vary("probabilities", what="result")


def test_probabilities_against_torch(run):
    """It agrees with PyTorch's softmax of logits / temperature"""
    from grader.probing import numbers

    run.equal(run("probabilities"), torch.softmax(numbers(6) * 3 / 2, dim=0), what="result for temperature 2")


def test_cold_probabilities(run):
    """Low temperatures and large logits are no trouble"""
    run.same(
        "cold_probabilities",
        what="result at temperature 0.1 for logits near -100",
        hint="torch.softmax takes care of large numbers; a bare exp does not.",
    )


def test_softmax_manners(run):
    """softmax_with_temperature keeps the dtype, the gradient and its argument"""
    mine, right = run("softmax_manners"), run.reference("softmax_manners")
    assert mine["untouched"], "softmax_with_temperature changes its logits in place; write logits / temperature."
    run.equal(mine["probabilities"], right["probabilities"], what="result in double precision")
    assert mine["gradient"] is not None, "The probabilities are cut off from the logits: no gradient flows back."
    run.equal(mine["gradient"], right["gradient"], what="gradient")


def test_greedy(run):
    """Temperature 0 takes the likeliest token"""
    run.same("greedy", what="result")
    run.same("greedy_by_name", what="result, called with every argument by name,")


def test_any_lengths(run):
    """Prompts, contexts and results of any length"""
    run.vary("greedy", what="result", cases=8)


def test_context(run):
    """The model never sees more than context_size tokens"""
    for case, most in run("seen").items():
        assert most == 3, f"With context_size=3 and {case}, your code shows the model {most} tokens at once."


def test_top_k_greedy(run):
    """Temperature 0 takes the likeliest token with top_k too"""
    run.same("greedy_among_two", what="result with top_k=2 and temperature 0")


def test_every_token_may_come(run):
    """Without top_k every token is drawn at times"""
    ids = run("support")
    assert ids == sorted(TOP), f"150 draws from five tokens that are nearly alike gave only the ids {ids}."


def test_top_k(run):
    """top_k draws among the k likeliest, and among all of them"""
    found = {k: run("support", top_k=k) for k in (1, 2, 3)}
    for k, ids in found.items():
        wanted = sorted(TOP[:k])
        more = [token for token in ids if token not in wanted]
        assert not more, (
            f"With top_k={k} your code draws {more}, which is not among the {k} likeliest, {wanted}. The other "
            "logits must become -inf."
        )
        assert ids == wanted, f"With top_k={k} your code never draws {[t for t in wanted if t not in ids]}."


def test_temperature(run):
    """A high temperature makes tokens more alike, a low one less"""
    found = run("spread")
    assert found["5 at 5"] != "sharp", (
        "At temperature 5, draws from logits that are 5 apart fall nearly always on the likeliest token; about "
        "a third should not. Is the temperature divided by, before the softmax, and is the token drawn?"
    )
    assert found["5 at 5"] == "graded", (
        "At temperature 5, draws from logits that are 5 apart fall on unlikely tokens as often as on likely "
        "ones. Draw with the probabilities of the tokens: one softmax of logits / temperature, over the tokens."
    )
    assert found["0.8 at 0.2"] == "sharp", (
        "At temperature 0.2, draws from logits that are 0.8 apart should fall nearly always on the likeliest "
        "token; yours do not. Is the temperature divided by, before the softmax?"
    )
    assert found["top_k=3"] == "sharp", (
        "At temperature 0.2 and with top_k=3, draws from logits that are 0.8 apart should fall nearly always on the "
        "likeliest token; yours do not. The temperature counts with top_k too."
    )
    assert found["0.2 at 0.2"] == "graded", (
        "At temperature 0.2, about a third of the draws from logits that are 0.2 apart should not fall on the "
        f"likeliest token; yours fall {'nearly all on it' if found['0.2 at 0.2'] == 'sharp' else 'on all alike'}."
    )


def test_draws_anew(run):
    """Two calls draw different tokens"""
    assert run("fresh_draws"), (
        "Two calls drew the same 40 tokens. Is a generator seeded in generate? Leave seeds to who calls it."
    )


def test_stops_at_eos(run):
    """It stops before it would append eos_id"""
    run.same("count_up", what="result without eos_id")
    run.same("count_up", eos_id=4, what="result for a model that counts 2, 3, 4, with eos_id=4")
    run.same("count_up", eos_id=3, what="result when the first new token is eos_id")
    run.same("count_up", eos_id=1, what="result when eos_id never comes")
    run.same("eos_in_prompt", what="result for a prompt that holds eos_id")


def test_stops_at_zero(run):
    """eos_id=0 works too"""
    run.same("count_up", first=4, eos_id=0, what="result for a model that counts 4, 5, 0, with eos_id=0")


def test_stops_while_drawing(run):
    """It stops at eos_id while drawing as well"""
    data = run("eos_while_drawing")
    assert not data["contains eos"], "eos_id stands in the result; stop before it is appended."
    assert data["stopped"], "eos_id is drawn, but your code goes on to generate after it."


def test_no_gradients(run):
    """The model runs without gradients"""
    data = run("grad_mode")
    assert not data["while"], "The model runs with gradients on, which costs memory: use `with torch.no_grad():`."
    assert data["after"], "Gradients stay switched off after your generate; use `with torch.no_grad():`."


def test_mode(run):
    """The model's mode is the same afterwards"""
    data = run("mode")
    for name, training in (("training", True), ("evaluation", False)):
        assert all(flag == training for flags in data[name] for flag in flags), (
            f"A model in {name} mode is not in {name} mode any more after generate. Put it back, however you leave."
        )


def test_no_memory(run):
    """Nothing is kept between calls, and the prompt stays as it was"""
    data = run("state")
    run.equal(data["again"], data["first"], what="second result for the same prompt")
    run.equal(data["other"], run.reference("state")["other"], what="result for another prompt")
    assert data["untouched"], "Your code changes its prompt idx in place."


# General checks
test_manners = general.manners("greedy")
