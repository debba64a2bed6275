"""Checks for gpt2_split."""


def compare_texts(run, probe, hint=""):
    """Compares the pieces of each text in a probe with the reference's."""
    results = run(probe)
    for text, expected in run.reference(probe).items():
        run.equal(results.get(text), expected, what=f"`gpt2_split({text!r})`", hint=hint)


def test_example(run):
    """The worked example gives the expected result

    Page: "Of the three spaces before `we`, two are one piece and the third belongs to the word"
    """
    expected = ["Hello", ",", " it", "'s", " 2024", " and", "  ", " we", "'ll", "\t", "go", "!"]
    run.equal(run("example"), expected, what="list of pieces of the worked example")


def test_nothing_lost(run):
    """The joined pieces are the text

    Page: "The pieces keep all characters of the text"
    """
    for probe in ("words", "numbers", "signs", "spaces", "blanks", "alphabets"):
        for text, pieces in run(probe).items():
            assert isinstance(pieces, list) and all(isinstance(piece, str) for piece in pieces), (
                f"Your `gpt2_split({text!r})` returns {pieces!r}; it should return a list of strings."
            )
            joined = "".join(pieces)
            assert joined == text, (
                f"The pieces of your `gpt2_split({text!r})` join to {joined!r}; they should join to the text."
            )


def test_words(run):
    """A space belongs to the word after it

    Page: "letters one or more, with the space before them, if any"
    """
    compare_texts(run, "words")


def test_numbers(run):
    """Numbers are kept whole and separate from letters

    Page: "`abc123` is two pieces, letters and numbers"
    """
    compare_texts(run, "numbers")


def test_signs(run):
    """A run of other symbols is one piece

    Page: "A run is one piece: `2024` and `...` stay together"
    """
    compare_texts(run, "signs")


def test_endings(run):
    """Endings such as 's are separate pieces

    Page: "ending 's 't 're 've 'm 'll 'd"
    """
    compare_texts(run, "endings")


def test_capitals(run):
    """Endings match only in lower case

    Page: "The endings match only in lower case"
    """
    compare_texts(run, "capitals")


def test_spaces(run):
    """The last of several spaces belongs to the next word

    Page: "whitespace one or more, except the last one before a visible character"
    """
    compare_texts(run, "spaces")


def test_blanks(run):
    """Tabs and newlines are not part of the next word

    Page: "Only a space is part of the next piece"
    """
    compare_texts(run, "blanks")


def test_alphabets(run):
    r"""Letters of all alphabets work

    Page: "`\p{L}` matches a letter of any alphabet"
    """
    hint = "Match letters with \\p{L} of the regex library. Combining accents are not letters."
    compare_texts(run, "alphabets", hint=hint)


def test_empty(run):
    """An empty text has no pieces

    Page: "An empty text has no pieces: `[]`"
    """
    run.equal(run("empty"), [], what='`gpt2_split("")`')


def test_any_text(run):
    """Any text works

    Page: "At each position, take the first of these alternatives that matches"
    """
    run.vary("mixed", cases=12, what="dict from text to pieces")


def test_repeatable(run):
    """Repeated calls return the same pieces

    Page: "gpt2_split(text) → list of str"
    """
    first, _, again = run("repeated")
    assert again == first, (
        f'Your `gpt2_split("it\'s  a")` is {first} at first and {again} later; equal calls should give equal results.'
    )
