"""Checks which tokens each filter keeps, and that nothing else about the logits changes."""

import torch


def test_example(run):
    """The worked example gives the expected logits

    Page: "Four tokens with the logits 1, −1, 2 and 0"
    """
    run("example_min_p")  # both calls before the first comparison: together they tell the mistakes apart
    run.same("example_top_p", what="result of `filter_logits(logits, top_p=0.8)`")
    run.same("example_min_p", what="result of `filter_logits(logits, min_p=0.1)`")


def test_top_p(run):
    """top_p keeps the smallest set that reaches top_p

    Page: "keeps the smallest set of most likely tokens whose probabilities"
    """
    run.same("top_p_of", what="result of `filter_logits(logits, top_p=0.7)` for logits of shape (3, 7)")
    run.vary("top_p_of", cases=8, what="result of `filter_logits(logits, top_p=percent / 100)`")


def test_min_p(run):
    """min_p keeps the tokens that are likely enough beside the most likely one

    Page: "at least min_p times the"
    """
    run.same("min_p_of", what="result of `filter_logits(logits, min_p=0.2)` for logits of shape (3, 7)")
    run.vary("min_p_of", cases=8, what="result of `filter_logits(logits, min_p=percent / 100)`")


def test_by_position(run):
    """Arguments work by position and by name

    Page: "filter_logits(logits, top_p=None, min_p=None)"
    """
    actual, expected = run("by_position"), run.reference("by_position")
    for call, value in expected.items():
        run.equal(actual[call], value, what=f"result of `{call}`")


def test_off(run):
    """Without filters nothing is excluded

    Page: "Without both, the result equals the logits."
    """
    run.same("off", what="result of `filter_logits(logits)`")


def test_limits(run):
    """The smallest and the largest values work

    Page: "Both numbers are between 0 and 1, top_p above 0."
    """
    actual, expected = run("limits"), run.reference("limits")
    for case, value in expected.items():
        run.equal(actual[case], value, what=f"result of `filter_logits(logits, {case})`")
    # of a wrong solution, rounding decides whether a sum reaches 1, so the call is left out of the diagnosis
    everything = run.once("everything")
    run.equal(everything, run.reference("everything"), what="result of `filter_logits(logits, top_p=1.0)`")


def test_kept_values(run):
    """The logits of the kept tokens keep their values and places

    Page: "The others keep their values and"
    """
    data = run("kept")
    for name in ("top_p", "min_p"):
        result, logits = data[name], data["logits"]
        if not isinstance(result, torch.Tensor) or result.shape != logits.shape:
            continue
        changed = result[result.isfinite() & ~torch.isclose(result.float(), logits, atol=1e-5)]
        fill = changed[0].item() if changed.numel() > 1 and (changed == changed[0]).all() else None
        assert fill is None, f"With {name}, your code sets several logits to {fill:g}; excluded tokens should get -inf."
        assert not changed.numel(), (
            f"With {name}, your code returns finite numbers that are not the logits at their places; return each logit "
            "as it was, or -inf."
        )


def test_rows_alone(run):
    """Each row is filtered by its own probabilities

    Page: "Each row is filtered by its own probabilities."
    """
    for name, data in run("rows").items():
        run.equal(data["together"], data["alone"], what=f"result with {name} for three rows together")


def test_after_top_k(run):
    """Logits of −∞ stay excluded

    Page: "Some logits can be"
    """
    actual, expected = run("after_top_k"), run.reference("after_top_k")
    for case, value in expected.items():
        run.equal(actual[case], value, what=f"result of `filter_logits(logits, {case})` for logits with -inf")


def test_large_logits(run):
    """Large logits do not overflow

    Page: "overflows in float32"
    """
    actual, expected = run("large"), run.reference("large")
    hint = "Use torch.softmax; exp alone overflows or becomes 0 here."
    for case, value in expected.items():
        what = f"result of `filter_logits(logits, {case})` for logits near {'200' if 'top' in case else '-200'}"
        run.equal(actual[case], value, what=what, hint=hint)


def test_by_hand(run):
    """The kept tokens are those that a loop over the sorted probabilities keeps

    Page: "go from the most likely token down"
    """
    from exercises.kit import numbers

    expected = numbers(3, 7) * 1.5
    for row in expected:
        probabilities = torch.softmax(row, dim=0).tolist()
        total = 0.0
        for token in sorted(range(7), key=lambda token: -probabilities[token]):
            if total >= 0.7:
                row[token] = float("-inf")
            total += probabilities[token]
    run.equal(run("top_p_of"), expected, what="result of `filter_logits(logits, top_p=0.7)`")
