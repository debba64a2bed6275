"""Checks for gpt2_split."""


def compare_texts(run, probe, hint=""):
    """Compares the pieces of each text in a probe with the reference's."""
    results = run(probe)
    for text, expected in run.reference(probe).items():
        run.equal(results.get(text), expected, what=f"gpt2_split({text!r})", hint=hint)


def test_example(run):
    """The worked example gives the expected result"""
    expected = ["Hello", ",", " it", "'s", " 2024", " and", "  ", " we", "'ll", "\t", "go", "!"]
    run.equal(run("example"), expected, what="list of pieces")


def test_nothing_lost(run):
    """The joined pieces are the text"""
    for probe in ("words", "numbers", "signs", "spaces", "blanks", "alphabets"):
        for text, pieces in run(probe).items():
            assert isinstance(pieces, list) and all(isinstance(piece, str) for piece in pieces), (
                f"Your gpt2_split({text!r}) returns {pieces!r}; it should return a list of strings."
            )
            joined = "".join(pieces)
            assert joined == text, f"Your pieces of {text!r} join to {joined!r}; they should join to the text."


def test_words(run):
    """A space belongs to the word after it"""
    compare_texts(run, "words")


def test_numbers(run):
    """Numbers are kept whole and separate from letters"""
    compare_texts(run, "numbers")


def test_signs(run):
    """A run of other symbols is one piece"""
    compare_texts(run, "signs")


def test_endings(run):
    """Endings such as 's are separate pieces"""
    compare_texts(run, "endings")


def test_capitals(run):
    """Endings match only in lower case"""
    compare_texts(run, "capitals")


def test_spaces(run):
    """The last of several spaces belongs to the next word"""
    compare_texts(run, "spaces")


def test_blanks(run):
    """Tabs and newlines are not part of the next word"""
    compare_texts(run, "blanks")


def test_alphabets(run):
    """Letters of all alphabets work"""
    hint = "Match letters with \\p{L} of the regex library. Combining accents are not letters."
    compare_texts(run, "alphabets", hint=hint)


def test_empty(run):
    """An empty text has no pieces"""
    run.equal(run("empty"), [], what='gpt2_split("")')


def test_any_text(run):
    """Any text works"""
    run.vary("mixed", cases=12, what="dict from text to pieces")


def test_repeatable(run):
    """Repeated calls return the same pieces"""
    run.same("repeated", what="list of the pieces of three texts")
