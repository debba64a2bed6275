"""Checks for `BigramLM`: smoothed counts, the mean loss over all pairs, and reproducible samples."""

import math

from exercises.kit import common_checks


def test_example(run):
    """The worked example gives the expected result

    Page: "nll([0, 1, 0]) = (−ln 0.6 − ln 0.4) / 2 = (0.511 + 0.916) / 2 = 0.714"
    """
    data, expected = run("example"), run.reference("example")
    run.equal(data["task"], expected["task"], what="`nll([0, 1, 0])` in the worked example")
    run.equal(data["longer"], expected["longer"], what="`nll(ids)` for a longer text")


def test_rows(run):
    """The probabilities after each token sum to 1

    Page: "Each row of probabilities sums to 1"
    """
    sums = [round(total, 3) for total in run("table").sum(dim=1).tolist()]
    assert all(abs(total - 1) < 1e-3 for total in sums), (
        f"Your probabilities P(· | i), computed from `nll([i, j])`, sum to {sums} for i = 0, 1, 2, 3; each should "
        "sum to 1. Divide each row of counts by its sum."
    )


def test_unseen(run):
    """An unseen pair has a probability above 0

    Page: "Adding 1 to every count is called add-one (or Laplace) smoothing"
    """
    for name, pair in (("after_a_known_token", "[0, 3]"), ("after_an_unknown_token", "[4, 2]")):
        loss = float(run("unseen")[name])
        assert math.isfinite(loss), (
            f"Your `nll({pair})` is {loss} for a pair that does not occur in the text; it should be finite. Every "
            "count starts at 1."
        )


def test_direction(run):
    """The next token is predicted from the current one

    Page: "The row is the current token, the column the next one"
    """
    data = run("order")
    forwards, backwards = float(data["forwards"]), float(data["backwards"])
    assert not forwards > backwards, (
        f"After fit with 0 1 2 0 1 2 …, your `nll([0, 1, 2, 0])` is {forwards:.3f} and your `nll([0, 2, 1, 0])` "
        f"{backwards:.3f}; the first should be smaller. The row is the current token, the column the next one."
    )


def test_learns_nothing(run):
    """nll does not change the counts

    Page: "two calls of `nll` give the same result"
    """
    data = run("measured")
    first, again = float(data["first"]), float(data["again"])
    assert math.isclose(first, again, rel_tol=1e-6) or math.isnan(first), (
        f"Your `nll(ids)` is {first:.4f}, and {again:.4f} after the nll of a different text; nll must not change "
        "the counts."
    )


def test_fitted_twice(run):
    """A second fit changes the probabilities

    Page: "A second `fit` changes the probabilities"
    """
    assert run("fitted_twice"), "Your nll does not change after a second fit, with a different text. Is it cached?"


def test_independent(run):
    """Each model has its own counts

    Page: "each model has its own counts"
    """
    data = run("two")
    assert math.isclose(data["before"], data["after"], rel_tol=1e-6) or math.isnan(data["before"]), (
        f"Your `nll(ids)` changes from {data['before']:.4f} to {data['after']:.4f} when a second model is fitted. "
        "Store the counts on self, in __init__ or fit."
    )


def test_sample_length(run):
    """A sample has n ids

    Page: "returns n ids, each drawn from P(· | previous id)"
    """
    lengths = run("lengths")
    assert lengths == [1, 2, 7], (
        f"Your `sample(n, seed)` returns {lengths} ids for n = 1, 2, 7; it should return n. They include the first id."
    )


def test_seed(run):
    """The seed determines the sample

    Page: "The same seed gives the same sample, and a different seed a different one"
    """
    data = run("seeds")
    assert data["again"], (
        "Your samples differ although the seed is the same. Call torch.Generator().manual_seed(seed) in each sample."
    )
    assert data["differ"], "Your samples for seeds 1 and 2 are equal; they should differ. Is the seed used?"


def test_sample_follows(run):
    """A sample follows the order of the text

    Page: "each drawn from P(· | previous id)"
    """
    data, hint = run("cycle"), "Draw each id from P(· | previous id)."
    for way, right in (("backwards", 0.0), ("forwards", 1.0)):
        what = f"fraction of steps {way} in a sample, after fit with 0 1 2 3 0 1 2 3 …, rounded to quarters,"
        run.equal(data[way], right, what=what, hint=hint)


def test_sample_frequency(run):
    """A sample has the frequencies of the table

    Page: "the fraction of the token j is about P(j | i)"
    """
    hint = "It is 0.4 in the text. Draw with torch.multinomial, from the row of the previous id."
    run.equal(run("coin"), 0.4, what="fraction of ones among the ids after a 0 in a sample, rounded,", hint=hint)


def test_sample_unseen(run):
    """A sample can contain unseen pairs

    Page: "and unseen pairs can occur"
    """
    what = "list of the ids in a sample of 300, after fit with [0, 0, 0] and V = 4,"
    run.equal(run("rare"), [0, 1, 2, 3], what=what, hint="Sample from the smoothed counts.")


def test_sample_leaves_alone(run):
    """Sampling has no side effects

    Page: "`nll` and `sample` must not change the counts"
    """
    data = run("sampled")
    assert data["model"], "Your nll changes after sample; sample must not change the counts."
    assert data["random"], "Your sample uses the global generator of Python; create a generator with the seed instead."


def test_pairs(run):
    """Every adjacent pair counts, from the first to the last

    Page: "A text of N ids has N − 1 pairs, so divide by N − 1"
    """
    data, expected = run("ends"), run.reference("ends")
    for name, call in (("first_pair", "nll([3, 0])"), ("last_pair", "nll([0, 2])"), ("around", "nll([2, 3])")):
        run.equal(data[name], expected[name], what=f"`{call}` after `fit([3, 0, 0, 0, 0, 2])`")


def test_other_sizes(run):
    """Other sizes of texts and vocabularies work

    Page: "A class `BigramLM(vocab_size)`, for a vocabulary of V tokens"
    """
    run.same("table", what="table of P(j | i), computed from `nll([i, j])`,")
    run.vary("loss", what="`nll(ids)`")


# General checks
test_float = common_checks.python_float("loss", "nll", "nll is a Python float")
test_manners = common_checks.manners("example")
