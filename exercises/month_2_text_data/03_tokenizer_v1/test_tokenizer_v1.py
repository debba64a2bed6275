"""Checks for SimpleTokenizerV1."""

from exercises.kit import common_checks


def test_example(run):
    """The worked example gives the expected result"""
    data = run("example")
    run.equal(data["ids"], [2, 1, 4, 0], what='encode("Hello, world!")')
    run.equal(data["text"], "Hello, world again!", what="decode([2, 1, 4, 3, 0])")


def test_encode(run):
    """Each word and punctuation mark is encoded as its id"""
    results = run("encoded")
    for text, ids in run.reference("encoded").items():
        run.equal(results.get(text), ids, what=f"encode({text!r})")


def test_unknown(run):
    """A word that is not in the vocabulary raises KeyError"""
    for text, outcome in run("unknown").items():
        assert outcome == "KeyError", (
            f"Your encode({text!r}) returns {outcome}; it should raise KeyError, because the text has a word "
            "that is not in the vocabulary."
        )


def test_decode(run):
    """Tokens are joined with no space before punctuation"""
    results = run("decoded")
    for mark, text in run.reference("decoded").items():
        run.equal(results.get(mark), text, what=f"decode of the ids of she, {mark} and said")
    run.same("sentences", what="list of decoded sentences")


def test_round_trip(run):
    """Decoding restores an encoded sentence"""
    results = run("round_trips")
    for text in run.reference("round_trips"):
        run.equal(results.get(text), text, what=f"decode(encode({text!r}))")


def test_any_ids(run):
    """Ids can have any order and gaps"""
    data, expected = run("gaps"), run.reference("gaps")
    hint = "The vocabulary is the=700, cat=12, Tea=5, .=90, ,=3 and no=41."
    run.equal(data["ids"], expected["ids"], what='encode("the cat, no Tea.")', hint=hint)
    run.equal(data["text"], expected["text"], what="decode([5, 3, 12, 41, 700, 90])", hint=hint)


def test_empty(run):
    """Empty texts and empty lists work"""
    data = run("empty")
    run.equal(data["empty"], [], what='encode("")')
    run.equal(data["blanks"], [], what='encode(" \\n ")')
    run.equal(data["none"], "", what="decode([])")


def test_two(run):
    """Tokenizers do not affect each other"""
    run.same("two", hint="This check makes two tokenizers with different vocabularies. Store the vocabulary on self.")


def test_repeatable(run):
    """Encoding and decoding modify nothing"""
    data, expected = run("repeated"), run.reference("repeated")
    run.equal(data["first"], expected["first"], what='encode("the cat said no")')
    run.equal(data["other"], expected["other"], what="encode of a different text")
    run.equal(data["again"], expected["again"], what="second encode of the first text")
    run.equal(data["text"], expected["text"], what="decoded text")
    run.equal(data["ids"], expected["first"], what="list of ids after decode", hint="decode should not modify it.")
    run.equal(data["vocab"], expected["vocab"], what="vocabulary after all calls", hint="It should be unchanged.")


# General checks
test_manners = common_checks.manners("example")
