"""Checks the dropout rate, independent masks, the scale of the kept numbers, and evaluation mode."""

from exercises.kit import common_checks


def test_share_lost(run):
    """Numbers are dropped with probability p in training"""
    for p in (0.4, 0.1, 0.8):
        share = run("training", p=p)["share"]
        assert share == p, (
            f"With p={p} and training=True, your code drops about {share:.0%} of the numbers; it should drop {p:.0%}."
        )
    run.same("flat", what="share of zeros in a tensor with one dimension and p=0.6")


def test_rest_grows(run):
    """The kept numbers are multiplied by 1 / (1 - p)"""
    for p in (0.4, 0.1, 0.8):
        expected = run.reference("training", p=p)["factors"]
        factors = run("training", p=p)["factors"]
        assert factors == expected, (
            f"With p={p} each number should be multiplied by 0 or by 1 / (1 - {p}) = {expected[-1]}; "
            f"yours are multiplied by {' or '.join(str(factor) for factor in factors) or 'nothing'}."
        )


def test_own_luck(run):
    """Each number is dropped independently"""
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
    """Every call draws a new mask"""
    assert not run("luck")["same in two calls"], "Two calls drop the same elements; draw a new mask in each call."


def test_evaluation(run):
    """x is returned unchanged in evaluation"""
    run.same("in_evaluation", what="result with training=False")
    run.same("in_evaluation", p=0.9, what="result with p=0.9 and training=False")


def test_arguments(run):
    """Arguments can be passed by name, and p can be 0"""
    run.same("by_name", what="result")


def test_dtype(run):
    """A float64 input gives a float64 result"""
    run.same("in_double", what="result for float64")


def test_no_memory(run):
    """The input and earlier results are not changed"""
    data = run("state")
    run.equal(
        data["x"],
        run.reference("state")["x"],
        what="input x after the call",
        hint="Your code should not change it in place: create a new tensor.",
    )
    assert data["result is unchanged"], (
        "The result of your first call changes when dropout is called again; return a new tensor in each call."
    )


def test_gradients(run):
    """Gradients flow through the kept numbers"""
    assert run("learning"), (
        "The gradient of each number should be the factor by which it was multiplied: 0 or 1 / (1 - p)."
    )


# General checks
test_device = common_checks.device(hint="Draw the random numbers on x's device: torch.rand_like(x).")
test_manners = common_checks.manners("in_double")
