"""GPT-2's pieces: nothing lost, spaces lead, endings first."""

from grader import general


def every(run, probe, hint=""):
    """Compares the pieces of each text of a probe."""
    found = run(probe)
    for text, right in run.reference(probe).items():
        run.equal(found.get(text), right, what=f"gpt2_split({text!r})", hint=hint)


def test_example(run):
    """The example of the task comes out right"""
    right = ["Hello", ",", " it", "'s", " 2024", " and", "  ", " we", "'ll", "\t", "go", "!"]
    run.equal(run("example"), right, what="list of pieces")


def test_nothing_lost(run):
    """Joined, the pieces are the text"""
    for probe in ("words", "numbers", "signs", "spaces", "blanks", "alphabets"):
        for text, pieces in run(probe).items():
            assert isinstance(pieces, list) and all(isinstance(piece, str) for piece in pieces), (
                f"gpt2_split({text!r}) gives {pieces!r}; it should give a list of strings."
            )
            back = "".join(pieces)
            assert back == text, f"The pieces of {text!r}, joined, are {back!r}: something is lost or added."


def test_words(run):
    """A space goes with the word after it"""
    every(run, "words")


def test_numbers(run):
    """Numbers are apart from letters, and whole"""
    every(run, "numbers")


def test_signs(run):
    """Other signs stay together"""
    every(run, "signs")


def test_endings(run):
    """Endings such as 's are pieces"""
    every(run, "endings")


def test_capitals(run):
    """Endings are known in small letters only"""
    every(run, "capitals")


def test_spaces(run):
    """Of several spaces the last goes with the word"""
    every(run, "spaces")


def test_blanks(run):
    """Tabs and new lines lead no word"""
    every(run, "blanks")


def test_alphabets(run):
    """Letters of every alphabet"""
    every(run, "alphabets", hint="A letter is \\p{L} of the library regex; accents that stand by themselves are none.")


def test_empty(run):
    """The empty text has no pieces"""
    run.equal(run("empty"), [], what='gpt2_split("")')


def test_any_text(run):
    """Any text at all"""
    run.vary("mixed", cases=12, what="dict of a text and its pieces")


def test_repeatable(run):
    """The same text gives the same pieces"""
    run.same("repeated", what="list of the pieces of three texts")


# what holds in every exercise
test_manners = general.manners("example")
