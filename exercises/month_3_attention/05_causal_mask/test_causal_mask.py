"""Checks that later tokens get weight 0 and rows sum to 1, for all shapes and large scores."""

import torch


def test_example(run):
    """The worked example gives the expected result

    Page: "0   0   7       0    0   −∞        0.50   0.50   0"
    """
    run.same("example", what="result of `causal_softmax(scores)` for the scores on the page")


def test_future_has_no_weight(run):
    """Later tokens get weight 0

    Page: "never to later ones"
    """
    weights = run("output")
    for row in range(3):
        total = round(float(weights[row, row + 1 :].nan_to_num().abs().sum()), 3)
        assert total == 0, f"Token {row} of four gives weight {total} to later tokens; it should give 0."


def test_future_has_no_influence(run):
    """The scores of later tokens have no influence

    Page: "Since exp(−∞) is 0, they now get none"
    """
    data = run("perturbed")
    assert torch.allclose(data["after"][:2], data["before"][:2], atol=1e-5, equal_nan=True), (
        "Your weights of the first two tokens change when only the scores of later tokens change."
    )


def test_rows(run):
    """Each row sums to 1

    Page: "the softmax distributes the whole weight over the remaining tokens"
    """
    sums = [round(total, 3) for total in run("output").sum(dim=-1).flatten().tolist()]
    assert all(abs(total - 1) < 1e-2 for total in sums), f"Each row should sum to 1; yours sum to {sums}."


def test_other_shapes(run):
    """It works for any number of tokens, with a batch and with heads

    Page: "The last two dimensions can be preceded by none, one (the batch) or two (the batch and the heads)."
    """
    run.same("batch", what="result of `causal_softmax(scores)` for a batch of two")
    run.same("many_heads", what="result of `causal_softmax(scores)` for a batch with heads")
    run.vary("output", what="result of `causal_softmax(scores)`", cases=4)
    run.vary("batch", what="result of `causal_softmax(scores)` for a batch", cases=4)
    run.vary("many_heads", what="result of `causal_softmax(scores)` for a batch with heads", cases=4)


def test_large_scores(run):
    """It works for scores of any magnitude

    Page: "can have any magnitude, also −20000"
    """
    hint = "Only minus infinity is lower than all such scores."
    for by in (-1000, -20_000, -200_000, -2_000_000):
        what = f"result of `causal_softmax(scores)` for scores near {by}"
        run.same("shifted", by=by, what=what, rtol=1e-3, hint=hint)
    run.same("shifted", by=1000, what="result of `causal_softmax(scores)` for scores near 1000", rtol=1e-3)
