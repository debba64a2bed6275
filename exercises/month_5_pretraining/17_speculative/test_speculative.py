"""Checks for `speculative_decode`: certain targets, the number of calls, and the distribution."""

from exercises.kit import Diagnosis, common_checks, diagnose

HINTS = {"draft": "These are the draft's probabilities: is every proposal accepted?"}
# the mistakes that the frequencies of the first tokens of rounds tell
CORRECTIONS = {
    "corrected from p": "Yours draws the token after a rejection from p",
    "corrected from q": "Yours draws the token after a rejection from q",
    "corrected from |p - q|": "Yours draws the correction from |p − q|",
    "corrected from (p - q)²": "Yours draws the correction with squared weights, max(0, p − q)²",
    "corrected by softmax": "Yours draws the correction from the softmax of p − q",
    "corrected by the largest": "Yours takes the token with the largest p or p − q for the correction",
}
ACCEPTANCES = {
    "accepted with q / p": "Yours accepts with q(x) / p(x)",
    "accepted with p": "Yours accepts with the probability p(x)",
    "accepted if p >= q": "Yours accepts where p(x) ≥ q(x) and never otherwise",
    "rejected with p / q": "Yours rejects with the probability p(x) / q(x)",
}
BONUS_HINTS = {
    "draft": "These are the draft's probabilities.",
    "largest p": "Draw the token, do not take the most likely one.",
}


def test_good_draft(run):
    """A draft that is always right gives the target's text

    Page: "the prompt and exactly n new ids"
    """
    what = "result of `speculative_decode(target, draft, idx, 6, 2)`, where both models are certain of the same tokens,"
    run.equal(run("good_draft")["ids"], run.reference("good_draft")["ids"], what=what)


def test_bad_draft(run):
    """A draft that is always wrong gives the target's text

    Page: "A bad draft only costs time."
    """
    what = "result of `speculative_decode(target, draft, idx, 4, 2)`, where the target is certain and the draft wrong,"
    run.equal(run("bad_draft")["ids"], run.reference("bad_draft")["ids"], what=what)


def test_mixed_draft(run):
    """A draft that is sometimes wrong gives the target's text

    Page: "it and all later ones are discarded"
    """
    what = "result of `speculative_decode(target, draft, idx, 9, 3)`, where the target is certain and the draft is"
    hint = "All tokens after a rejected proposal depend on it: discard them."
    expected = run.reference("mixed_draft")["ids"]
    run.equal(run("mixed_draft")["ids"], expected, what=f"{what} wrong at every third position", hint=hint)
    run.same("mixed_draft_late", what=f"{what} wrong at the positions 4 and 7, for k=4,", hint=hint)


def test_calls(run):
    """With draft = target, 12 tokens take three calls of target

    Page: "n = 12 and k = 3 take three calls of target"
    """
    data = run("same_model")
    assert data["length"] == 14, f"Your result has {data['length']} ids for a prompt of 2 and n=12; it should have 14."
    if data["target"] != 3:
        calls, draft_calls = run.once("all_calls")
        diagnose(
            3 * calls <= draft_calls + 2,  # the last round may have fewer proposals
            "target-for-each-proposal",
            f"Yours calls target {calls} times for {draft_calls} proposals of draft with k=3; it should call it once "
            "in each round, for all its proposals.",
        )
        raise AssertionError(
            f"Your code calls target {calls} times for draft = target, n=12 and k=3; it should call it 3 times. Each "
            "call checks 3 proposals, accepts all of them, as p(x) / q(x) is 1, and gives a bonus token."
        )


def test_calls_for_other_drafts(run):
    """Each round calls target once

    Page: "call target once, with idx and all proposals"
    """
    for probe, says in (
        ("bad_draft", "a draft that is always wrong, n=4 and k=2"),
        ("mixed_draft", "a draft that is wrong at every third position, n=9 and k=3"),
    ):
        calls, expected = run(probe)["calls"], run.reference(probe)["calls"]
        assert calls == expected, (
            f"Your code calls target {calls} times for {says}; it should call it {expected} times, once in each round."
        )


def test_first_of_round(run):
    """Accepted and corrected tokens have the target's probabilities

    Page: "the text has *exactly* the distribution of the target"
    """
    fit = run("first_of_round")
    if fit in CORRECTIONS:
        says = f"{CORRECTIONS[fit]}; it should draw it from max(0, p − q), divided by its sum."
        raise Diagnosis("correction", says, explains_values=True)
    diagnose(fit not in ACCEPTANCES, "acceptance", f"{ACCEPTANCES.get(fit)}; it should accept with p(x) / q(x).")
    assert fit == "target", _shares(run, "round_frequencies", "first tokens of the rounds", HINTS.get(fit, ""))


def test_bonus(run):
    """The bonus token has the target's probabilities

    Page: "if all k are accepted, draw one more token from the target's last row"
    """
    fit = run("bonus")
    assert fit == "target", _shares(run, "bonus_frequencies", "bonus tokens", BONUS_HINTS.get(fit, ""))


def _shares(run, probe, what, hint):
    counts = run.once(probe).tolist()
    shares = ", ".join(f"{100 * count / max(1, sum(counts)):.0f} %" for count in counts)
    return (
        f"With k=1, {shares} of your {what} are 0, 1, 2 and 3; the target's probabilities are 45 %, 16 %, 30 % and "
        f"9 %. {hint}"
    ).strip()


def test_transitions(run):
    """Each token has the target's probabilities after the tokens before it

    Page: "Each proposal needs a random number of its own."
    """
    assert run("transitions"), (
        "With k=3, the tokens of yours do not follow each other with the target's probabilities. Is each proposal "
        "compared with the p and the q of its own position, and with a random number of its own?"
    )


def test_any_sizes(run):
    """Any n, k and prompts work

    Page: "number of proposals in each round, at least 1"
    """
    what = "dict of the ids and of target's calls for a draft that is"
    run.vary("mixed_draft", what=f"{what} wrong at every third position", cases=4)
    run.vary("good_draft", what=f"{what} always right", cases=3)
    run.vary("bad_draft", what=f"{what} always wrong", cases=3)


def test_by_name(run):
    """The arguments have the names of the signature

    Page: "speculative_decode(target, draft, idx, n, k)"
    """
    run.same("by_name", what="result of `speculative_decode` with named arguments")


def test_fresh(run):
    """Two calls draw different tokens

    Page: "Do not set a seed."
    """
    assert run("fresh"), (
        "Two calls of your code give the same 40 tokens for equally likely tokens. Draw them, and do not set a seed."
    )


def test_no_gradients(run):
    """The models run without gradients

    Page: "Generation needs no gradients."
    """
    data = run("gradient_mode")
    for name in ("target", "draft"):
        assert not data[name], (
            f"Your code calls {name} with gradients, which costs memory: use `with torch.no_grad():`."
        )


def test_no_memory(run):
    """Nothing is kept between calls

    Page: "(1, T), int64 the prompt"
    """
    first, second, _, again = (ids.tolist() for ids in run("again"))
    assert first != second or first == again, (  # results that differ at once depend on the random draws
        "A second call of yours with the same prompt, after a different one, gives a different result for a target "
        "that is certain."
    )


# General checks
test_manners = common_checks.manners("good_draft")
