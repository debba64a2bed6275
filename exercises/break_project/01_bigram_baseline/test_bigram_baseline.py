"""Checks for `BigramLM`: smoothed counts, the mean loss over all pairs, and reproducible samples."""

from exercises.kit import common_checks


def test_example(run):
    """The worked example gives the expected result"""
    data, expected = run("example"), run.reference("example")
    run.equal(data["task"], expected["task"], what="nll([0, 1, 0])")
    run.equal(data["longer"], expected["longer"], what="nll of a longer text")


def test_table(run):
    """The probabilities P(j | i) are right"""
    table = run("table")
    sums = [round(total, 3) for total in table.sum(dim=1).tolist()]
    assert all(abs(total - 1) < 1e-3 for total in sums), (
        f"Your probabilities P(· | i) sum to {sums} for i = 0, 1, 2, 3; each should sum to 1. "
        "Divide each row of counts by its sum."
    )
    run.same("table", what="table of P(j | i), computed from nll([i, j]),")


def test_unseen(run):
    """An unseen pair has a probability above 0"""
    run.same("unseen", hint="Every count starts at 1, so in a row without pairs each probability is 1/V.")


def test_direction(run):
    """The next token is predicted from the current one"""
    run.same("order", hint="The row is the current token, the column the next one.")


def test_ends(run):
    """Every adjacent pair counts, from the first to the last"""
    run.same("ends", hint="N ids have N − 1 pairs: (ids[0], ids[1]) up to (ids[-2], ids[-1]).")


def test_other_sizes(run):
    """Other sizes of texts and vocabularies work"""
    run.vary("loss", what="nll")


def test_learns_nothing(run):
    """nll does not change the counts"""
    data, expected = run("measured"), run.reference("measured")
    for call in ("first", "other", "again"):
        hint = "nll must not change the counts." if call == "again" else ""
        run.equal(data[call], expected[call], what=f"nll, {call} text,", hint=hint)


def test_fitted_twice(run):
    """A second fit changes the probabilities"""
    assert run("fitted_twice"), "Your nll does not change after a second fit, with a different text. Is it cached?"


def test_independent(run):
    """Two models are independent"""
    run.same("two", hint="Do all models share their counts? Create them in __init__ or fit.")


def test_sample_length(run):
    """A sample has n ids"""
    run.same("lengths", what="list of lengths for n = 1, 2, 7", hint="The n ids include the first one.")


def test_seed(run):
    """The seed determines the sample"""
    data = run("seeds")
    assert data["again"], (
        "Your samples differ although the seed is the same. Call torch.Generator().manual_seed(seed) in each sample."
    )
    assert data["differ"], "Your samples for seeds 1 and 2 are equal; they should differ. Is the seed used?"


def test_sample_follows(run):
    """A sample follows the order of the text"""
    data = run("cycle")
    assert data["backwards"] < 0.2, (
        f"After fit with 0 1 2 3 0 1 2 3 …, {data['backwards']:.0%} of the steps in your sample go backwards. "
        "Draw each id from the row of the previous one."
    )
    assert data["forwards"] > 0.8, (
        f"After fit with 0 1 2 3 0 1 2 3 …, {data['forwards']:.0%} of the steps in your sample go to the next "
        "number; nearly all should. Draw each id from P(· | previous id)."
    )


def test_sample_frequency(run):
    """A sample has the frequencies of the text"""
    fraction = run("coin")
    assert abs(fraction - 0.4) < 0.07, (
        f"In your sample, {fraction:.0%} of the ids after a 0 are a 1; it should be about 40%, as in the text. "
        "Draw with torch.multinomial, from the row of the previous id."
    )


def test_sample_unseen(run):
    """A sample can contain unseen pairs"""
    run.same("rare", what="list of all ids in a sample of 300", hint="Sample from the smoothed counts.")


def test_sample_leaves_alone(run):
    """Sampling has no side effects"""
    data = run("sampled")
    assert data["model"], "Your nll changes after sample; sample must not change the counts."
    assert data["random"], "Your sample uses the global generator of Python; create a generator with the seed instead."


# General checks
test_float = common_checks.python_float("loss", "nll", "nll is a Python float")
test_manners = common_checks.manners("example")
