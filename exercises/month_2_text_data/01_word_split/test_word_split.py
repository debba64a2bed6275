"""Checks for split_words."""

from exercises.kit import common_checks


def compare_tokens(run, probe, hint=""):
    """Compares the tokens of each text in a probe with the reference's."""
    results = run(probe)
    for text, expected in run.reference(probe).items():
        run.equal(results.get(text), expected, what=f"`split_words({text!r})`", hint=hint)


def test_example(run):
    """The worked example gives the expected result

    Page: "['Hello', ',', 'world', '.', 'Is', 'this', '--', 'a', 'test', '?']"
    """
    expected = ["Hello", ",", "world", ".", "Is", "this", "--", "a", "test", "?"]
    run.equal(run("example"), expected, what='`split_words("Hello, world. Is this-- a test?")`')


def test_marks(run):
    """Each punctuation mark is a separate token

    Page: "each mark is a token"
    """
    compare_tokens(run, "marks")


def test_dashes(run):
    """A double dash splits words; a hyphen does not

    Page: "A single hyphen is not a separator: `well-known` is one token"
    """
    compare_tokens(run, "dashes")


def test_blanks(run):
    """Whitespace splits words and is dropped

    Page: "whitespace space, tab, newline dropped, not a token"
    """
    compare_tokens(run, "blanks", hint="Spaces, tabs and newlines are whitespace, \\s, and part of no token.")


def test_together(run):
    """Adjacent punctuation marks are separate tokens

    Page: "Two marks in a row, as in `so?!`, are two tokens"
    """
    compare_tokens(run, "together", hint="The list should have one token for each mark.")


def test_other_signs(run):
    """Other symbols and alphabets stay inside words

    Page: "Other symbols, such as % and +, stay in the word"
    """
    compare_tokens(run, "others", hint="Only the punctuation marks that the task lists should be split off.")


def test_short(run):
    """Empty and very short texts work

    Page: "an empty text gives an empty list"
    """
    compare_tokens(run, "short")


def test_order(run):
    """Order, case and repeated words are kept

    Page: "Do not change upper and lower case, and keep repeated words"
    """
    texts = ("the cat The cat, the", "A dog", "the cat The cat, the")
    for actual, expected, text in zip(run("repeated"), run.reference("repeated"), texts, strict=True):
        run.equal(actual, expected, what=f"`split_words({text!r})`")


# General checks
test_manners = common_checks.manners("example")
