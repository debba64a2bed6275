"""Checks for `train`: the merges of bpe-train, and the processor time."""

from exercises.kit import common_checks


def _merges(run, probe):
    data = run(probe)
    for text, expected in run.reference(probe).items():
        run.equal(data[text], expected, what=f"list of [left, right, id] for the text {text!r}")


def test_example(run):
    """The worked example gives the merges of the page

    Page: "{(97, 97): 256, (256, 97): 257, (257, 98): 258}"
    """
    what = 'list of [left, right, id] in `train("aaabdaaabac", 259)`'
    run.equal(run("example"), [[97, 97, 256], [256, 97, 257], [257, 98, 258]], what=what)


def test_cats(run):
    """A text with words gives the merges of bpe-train

    Page: "Its result is exactly what bpe-train stores"
    """
    run.same("cats", what="list of [left, right, id] for 30 merges of a text about cats")


def test_texts(run):
    """Ties, overlaps and characters of several bytes are merged as in bpe-train

    Page: "on a tie, the one that occurs first in ids"
    """
    _merges(run, "texts")


def test_shortest(run):
    """Training ends when no pair is left

    Page: "stop if fewer than two ids are left"
    """
    _merges(run, "shortest")


def test_random_texts(run):
    """Any text gives the merges of bpe-train

    Page: "Its result is exactly what bpe-train stores"
    """
    run.vary("few_letters", what="list of [left, right, id] for a random text of few letters", cases=8)
    run.vary("any_text", what="list of [left, right, id]", cases=4)


def test_again(run):
    """Each call begins without merges

    Page: "Each call begins without merges."
    """
    first, second = run("again")
    assert first == second, "Your merges differ between two equal calls, with a call for a different text between them."


def test_speed(run):
    """Training takes less than 25 passes of a plain loop

    Page: "Yours must stay **below 25**"
    """
    assert run("speed"), (
        "Your `train` needs more processor time for 200 merges of 30,000 characters than 25 passes of a plain loop. "
        "It should not read all tokens in Python for each merge."
    )


def test_arguments_by_name(run):
    """Arguments have the page's names

    Page: "train(text, vocab_size)"
    """
    run.same("by_name", what="list of [left, right, id] with named arguments")


test_manners = common_checks.manners("example")
