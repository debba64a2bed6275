"""Words and marks, in order, no blanks."""

from grader import general


def every(run, probe, hint=""):
    """Compares the tokens of each text of a probe."""
    found = run(probe)
    for text, right in run.reference(probe).items():
        run.equal(found.get(text), right, what=f"split_words({text!r})", hint=hint)


def test_example(run):
    """The example of the task comes out right"""
    right = ["Hello", ",", "world", ".", "Is", "this", "--", "a", "test", "?"]
    run.equal(run("example"), right, what="list of tokens")


def test_marks(run):
    """Each punctuation mark is a token of its own"""
    every(run, "marks")


def test_dashes(run):
    """Two dashes part words, a hyphen does not"""
    every(run, "dashes")


def test_blanks(run):
    """White space parts words and is dropped"""
    every(run, "blanks", hint="Space, tab and new line are white space (\\s); none of it is a token.")


def test_together(run):
    """Marks side by side are taken one by one"""
    every(run, "together", hint="No empty strings, no blanks, and one token for each mark.")


def test_other_signs(run):
    """Other signs and alphabets stay in their words"""
    every(run, "others", hint="Only the marks that the task names are split off.")


def test_short(run):
    """The shortest texts work"""
    every(run, "short")


def test_order(run):
    """Every word is kept, in order and as it is written"""
    run.same("repeated", what="list of tokens of three texts")


# what holds in every exercise
test_manners = general.manners("example")
