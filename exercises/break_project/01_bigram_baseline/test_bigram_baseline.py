"""BigramLM: smoothed counts, the mean loss in nats over all pairs, and samples that repeat with their seed."""

from grader import general


def test_example(run):
    """The example of the task comes out right"""
    data, right = run("example"), run.reference("example")
    run.equal(data["task"], right["task"], what="nll([0, 1, 0])")
    run.equal(data["longer"], right["longer"], what="nll of another text")


def test_table(run):
    """The probabilities after each token are right"""
    table = run("table")
    sums = [round(total, 3) for total in table.sum(dim=1).tolist()]
    assert all(abs(total - 1) < 1e-3 for total in sums), (
        f"After each token, the probabilities of all next tokens should sum to 1; yours sum to {sums}. "
        "Divide each row of counts by its own sum."
    )
    run.same("table", what="table of P(j | i), seen through nll([i, j]),")


def test_unseen(run):
    """A pair that was never seen is unlikely, not impossible"""
    run.same("unseen", hint="Every count starts at 1, so a row that saw nothing is 1/V throughout.")


def test_direction(run):
    """What comes next is told from what came before"""
    run.same("order", hint="Row: the current token. Column: the next one.")


def test_ends(run):
    """Every pair of neighbours counts, from the first to the last"""
    run.same("ends", hint="N ids have N − 1 pairs: (ids[0], ids[1]) up to (ids[-2], ids[-1]).")


def test_other_sizes(run):
    """Texts and vocabularies of any size work"""
    run.vary("loss", what="nll")


def test_learns_nothing(run):
    """Measuring a text does not train on it"""
    data, right = run("measured"), run.reference("measured")
    for call in ("first", "other", "again"):
        hint = "nll must leave the counts as they are." if call == "again" else ""
        run.equal(data[call], right[call], what=f"nll, {call} text,", hint=hint)


def test_fitted_twice(run):
    """A second text is learned from"""
    assert run("fitted_twice"), "fit, nll, then fit with another text: nll has not changed. Is something kept by nll?"


def test_independent(run):
    """Two models do not mix"""
    run.same("two", hint="Do all models share their counts? Make them in __init__ or fit.")


def test_sample_length(run):
    """A sample has n ids"""
    run.same("lengths", what="list of lengths for n = 1, 2, 7", hint="The first id is one of the n.")


def test_seed(run):
    """The seed decides the sample"""
    data = run("seeds")
    assert data["again"], (
        "Two samples with the same seed differ. Make a generator in each call: torch.Generator().manual_seed(seed)."
    )
    assert data["differ"], "Samples with seeds 1 and 2 are the same: the seed is not used, or nothing is drawn at all."


def test_sample_follows(run):
    """A sample follows the text's order"""
    data = run("cycle")
    assert data["backwards"] < 0.2, (
        f"After the text 0 1 2 3 0 1 2 3 …, {data['backwards']:.0%} of your sample's steps go backwards. "
        "Draw from the row of the current token."
    )
    assert data["forwards"] > 0.8, (
        f"After the text 0 1 2 3 0 1 2 3 …, only {data['forwards']:.0%} of your sample's steps go on to the next "
        "number; nearly all should. Draw each id from P(· | the one before)."
    )


def test_sample_frequency(run):
    """A sample draws by probability"""
    share, right = run("coin"), 0.4
    assert abs(share - right) < 0.07, (
        f"In the text, 40% of what follows a 0 is a 1; in your sample it is {share:.0%}. "
        "Draw with torch.multinomial: neither always the likeliest, nor all alike."
    )


def test_sample_unseen(run):
    """A sample may hold pairs that were never seen"""
    run.same("rare", what="list of all ids in a sample of 300", hint="Smoothed counts are what is drawn from.")


def test_sample_leaves_alone(run):
    """Sampling changes nothing else"""
    data = run("sampled")
    assert data["model"], "nll gives another number after sample: drawing must not change the counts."
    assert data["random"], "Your code draws from Python's global generator; make one of your own with the seed."


# what holds in every exercise
test_float = general.python_float("loss", "nll", "nll is a Python float")
test_manners = general.manners("example")
