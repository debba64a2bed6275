"""Checks for split_words."""

from exercises.kit import common_checks


def compare_texts(run, probe, hint=""):
    """Compares the tokens of each text in a probe with the reference's."""
    results = run(probe)
    for text, expected in run.reference(probe).items():
        run.equal(results.get(text), expected, what=f"split_words({text!r})", hint=hint)


def test_example(run):
    """The worked example gives the expected result"""
    expected = ["Hello", ",", "world", ".", "Is", "this", "--", "a", "test", "?"]
    run.equal(run("example"), expected, what="list of tokens")


def test_marks(run):
    """Each punctuation mark is a separate token"""
    compare_texts(run, "marks")


def test_dashes(run):
    """A double dash splits words; a hyphen does not"""
    compare_texts(run, "dashes")


def test_blanks(run):
    """Whitespace splits words and is dropped"""
    compare_texts(run, "blanks", hint="Spaces, tabs and newlines are whitespace (\\s), which is never part of a token.")


def test_together(run):
    """Adjacent punctuation marks are separate tokens"""
    compare_texts(
        run, "together", hint="The list should have one token for each mark, and no whitespace or empty strings."
    )


def test_other_signs(run):
    """Other symbols and alphabets stay inside words"""
    compare_texts(run, "others", hint="Only the punctuation marks that the task lists should be split off.")


def test_short(run):
    """Empty and very short texts work"""
    compare_texts(run, "short")


def test_order(run):
    """Order, case and repeated words are kept"""
    run.same("repeated", what="list of tokens of three texts")


# General checks
test_manners = common_checks.manners("example")
