"""Checks the dropout rate, independent masks, the scale of the kept numbers, and evaluation mode."""

import torch


def test_share(run):
    """Numbers are dropped with probability p in training

    Page: "p is the probability that a number is *dropped*, not that it is kept."
    """
    for p in (0.4, 0.1, 0.8):
        share = run("training", p=p)["share"]
        assert share == p, (
            f"With p={p} and training=True, your code drops about {share:.0%} of the numbers; it should drop {p:.0%}."
        )
    share = run("flat")
    assert share == 0.6, (
        f"For x of one dimension and p=0.6 your code drops about {share:.0%} of the numbers; it should drop 60%."
    )


def test_scale(run):
    """The kept numbers are multiplied by 1 / (1 - p)

    Page: "Division by 1 − p preserves the expected value"
    """
    for p in (0.4, 0.1, 0.8):
        factors = run("training", p=p)["factors"]
        scale = round(1 / (1 - p), 2)
        assert factors == [0.0, scale], (
            f"With p={p} each number should be multiplied by 0 or by 1 / (1 - {p}) = {scale}; "
            f"yours are multiplied by {' or '.join(str(factor) for factor in factors) or 'nothing'}."
        )


def test_independence(run):
    """Each number is dropped independently

    Page: "Draw a random number for each element of x, in every row and in every sequence of a batch"
    """
    data = run("luck")
    shared = data["shared along"]
    assert shared != [True, True, True], "Your code drops all numbers or none; it should draw a random number for each."
    assert not shared[2], (
        "In a (10, 10, 50) tensor your code drops whole rows of the last dimension; draw a number per element."
    )
    assert not any(shared), (
        f"In a (10, 10, 50) tensor your code uses the same mask along dimension {shared.index(True)}; "
        "draw a random number for each element."
    )
    assert not data["spared"], (
        "With p=0.5, one of ten elements is never dropped in 40 calls; each should be dropped at random."
    )
    assert data["number varies"], (
        "Your code drops exactly the same number of elements in each call; this number should vary."
    )


def test_fresh_mask(run):
    """Every call draws a new mask

    Page: "and again in each call"
    """
    assert not run("luck")["same in two calls"], "Two calls drop the same elements; draw a new mask in each call."


def test_evaluation(run):
    """x is returned unchanged in evaluation

    Page: "If `training` is false, the result is x itself."
    """
    run.same("in_evaluation", what="result of `dropout(x, 0.4, training=False)`")
    run.same("in_evaluation", p=0.9, what="result of `dropout(x, 0.9, training=False)`")


def test_arguments(run):
    """Arguments can be passed by name, and p can be 0

    Page: "A function `dropout(x, p, training)`."
    """
    evaluation, nothing_dropped = run("by_name")
    expected = run.reference("by_name")
    run.equal(evaluation, expected[0], what="result of `dropout(x=x, p=0.4, training=False)`")
    run.equal(nothing_dropped, expected[1], what="result of `dropout(x=x, p=0.0, training=True)`")


def test_dtype(run):
    """A float64 input gives a float64 result

    Page: "The result has the dtype and the device of x"
    """
    data = run("in_double")
    assert data["evaluation"].dtype == torch.float64 and data["scaled"], (
        "For x of dtype float64 the kept numbers should be float64 and exactly x / (1 - p); yours are rounded."
    )


def test_no_memory(run):
    """Earlier results are not changed

    Page: "Do not change x."
    """
    data = run("state")
    assert data["result is unchanged"], (
        "The result of your first call changes when dropout is called again; return a new tensor in each call."
    )


def test_gradients(run):
    """Gradients flow through the kept numbers

    Page: "gradients flow through the kept numbers"
    """
    assert run("learning"), (
        "The gradient of each number should be the factor by which it was multiplied: 0 or 1 / (1 - p)."
    )
