"""Ids by the vocabulary that is given, and a text with no space before its marks."""

from grader import general


def test_example(run):
    """The example of the task comes out right"""
    data = run("example")
    run.equal(data["ids"], [2, 1, 4, 0], what='encode("Hello, world!")')
    run.equal(data["text"], "Hello, world again!", what="decode([2, 1, 4, 3, 0])")


def test_encode(run):
    """Every word and mark gets its id"""
    found = run("encoded")
    for text, ids in run.reference("encoded").items():
        run.equal(found.get(text), ids, what=f"encode({text!r})")


def test_unknown(run):
    """A word that is not in the vocabulary raises KeyError"""
    for text, outcome in run("unknown").items():
        assert outcome == "KeyError", (
            f"encode({text!r}) gives {outcome}, though the vocabulary does not hold all its words: "
            "it should raise KeyError."
        )


def test_decode(run):
    """Words are joined, with no space before a mark"""
    found = run("decoded")
    for mark, text in run.reference("decoded").items():
        run.equal(found.get(mark), text, what=f"decode of the ids of she, {mark} and said")
    run.same("sentences", what="list of decoded sentences")


def test_round_trip(run):
    """Encoding and decoding give back a plain sentence"""
    found = run("round_trips")
    for text in run.reference("round_trips"):
        run.equal(found.get(text), text, what=f"decode(encode({text!r}))")


def test_any_ids(run):
    """The ids are those of the vocabulary"""
    data, right = run("gaps"), run.reference("gaps")
    hint = "The vocabulary is the=700, cat=12, Tea=5, .=90, ,=3 and no=41."
    run.equal(data["ids"], right["ids"], what='encode("the cat, no Tea.")', hint=hint)
    run.equal(data["text"], right["text"], what="decode([5, 3, 12, 41, 700, 90])", hint=hint)


def test_empty(run):
    """Nothing in, nothing out"""
    data = run("empty")
    run.equal(data["empty"], [], what='encode("")')
    run.equal(data["blanks"], [], what='encode(" \\n ")')
    run.equal(data["none"], "", what="decode([])")


def test_two(run):
    """Tokenizers do not mix"""
    run.same("two", hint="Two tokenizers were made, each with its own vocabulary: keep it on self.")


def test_repeatable(run):
    """Encoding and decoding change nothing"""
    data, right = run("repeated"), run.reference("repeated")
    run.equal(data["first"], right["first"], what='encode("the cat said no")')
    run.equal(data["other"], right["other"], what="encode of another text")
    run.equal(data["again"], right["again"], what="second encode of the first text")
    run.equal(data["text"], right["text"], what="decoded text")
    run.equal(data["ids"], right["first"], what="list of ids after decode", hint="decode must not change it.")
    run.equal(data["vocab"], right["vocab"], what="vocabulary afterwards", hint="It must stay as it was given.")


# what holds in every exercise
test_manners = general.manners("example")
