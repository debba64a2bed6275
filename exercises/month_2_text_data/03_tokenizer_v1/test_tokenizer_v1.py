"""Checks for SimpleTokenizerV1."""

from exercises.kit import common_checks

PRINTING = (
    "Your encode does not split at colons and semicolons, as in one printing of the book; later printings split there. "
    "Both are accepted."
)


def compare_ids(run, probe, hint=""):
    """Compares the ids of each text in a probe with the reference's."""
    results = run(probe)
    for text, ids in run.reference(probe).items():
        run.equal(results.get(text), ids, what=f"`encode({text!r})`", hint=hint)


def test_example(run):
    """The worked example gives the expected result

    Page: "decode([2, 1, 4, 3, 0]) joined Hello , world again ! spaces removed Hello, world again!"
    """
    data = run("example")
    run.equal(data["ids"], [2, 1, 4, 0], what='`encode("Hello, world!")` in the worked example')
    run.equal(data["text"], "Hello, world again!", what="`decode([2, 1, 4, 3, 0])` in the worked example")


def test_encode(run):
    """Each word and punctuation mark is encoded as its id

    Page: "`encode` splits the text with your `split_words`"
    """
    compare_ids(run, "encoded")


def test_glued(run):
    """Words are split at an apostrophe, an underscore and a double dash

    Page: "`it's`, `the_cat` and `so--no` are three tokens each"
    """
    compare_ids(run, "glued", hint="split_words splits there; encode should call it.")


def test_unknown(run):
    """A word that is not in the vocabulary raises KeyError

    Page: "It raises `KeyError` if a token is not in the vocabulary"
    """
    for text, outcome in run("unknown").items():
        assert outcome == "KeyError", (
            f"Your `encode({text!r})` returns {outcome}; it should raise KeyError, because the text has a word "
            "that is not in the vocabulary."
        )


def test_decode(run):
    """Tokens are joined with no space before punctuation

    Page: "`decode` joins the tokens with single spaces, then removes the space before each of the marks"
    """
    results = run("decoded")
    for mark, text in run.reference("decoded").items():
        run.equal(results.get(mark), text, what=f"`decode` of the ids of she, {mark} and said")
    for actual, expected in zip(run("sentences"), run.reference("sentences"), strict=True):
        run.equal(actual, expected, what=f"`decode` of the ids of {expected!r}")


def test_any_ids(run):
    """Ids can have any order and gaps

    Page: "They do not have to start at 0 or be consecutive"
    """
    data, expected = run("gaps"), run.reference("gaps")
    hint = "The vocabulary is the=700, cat=12, Tea=5, .=90, ,=3 and no=41."
    run.equal(data["ids"], expected["ids"], what='`encode("the cat, no Tea.")`', hint=hint)
    run.equal(data["text"], expected["text"], what="`decode([5, 3, 12, 41, 700, 90])`", hint=hint)


def test_empty(run):
    """Empty texts and empty lists work

    Page: "An empty text gives an empty list of ids, and an empty list an empty text"
    """
    data = run("empty")
    run.equal(data["empty"], [], what='`encode("")`')
    run.equal(data["blanks"], [], what='`encode(" \\n ")`')
    run.equal(data["none"], "", what="`decode([])`")


def test_two(run):
    """Each tokenizer has its own vocabulary

    Page: "Store both on `self`, so that each tokenizer has its own"
    """
    data = run("two")
    assert data["before"] == data["after"], (
        f"Your `encode('the cat')` is {data['before']} at first and {data['after']} after a second tokenizer with a "
        "different vocabulary is created. Store the dictionaries on self; all tokenizers share what is on the class."
    )
    run.equal(data["text"], run.reference("two")["text"], what="`decode` of a tokenizer after a second one is created")


def test_repeatable(run):
    """Encoding and decoding modify nothing

    Page: "do not modify `vocab`"
    """
    data = run("repeated")
    assert data["again"] == data["first"], (
        f"Your `encode('the cat said no')` is {data['first']} at first and {data['again']} after other calls; equal "
        "calls should give equal results."
    )
    assert data["ids"] == data["first"], "Your `decode(ids)` modifies the list ids; it should leave it unchanged."
    assert data["vocab"] == run.reference("repeated")["vocab"], (
        "Your tokenizer modifies the dictionary vocab that it receives; it should leave it unchanged."
    )


def test_colons(run, note):
    """Colons and semicolons are split off, or not, throughout

    Page: "One printing of the book does not split at the colon and the semicolon here"
    """
    colon, semicolon = run.once("colons")
    assert (colon == "KeyError") == (semicolon == "KeyError"), (
        "Your `encode` splits at only one of the colon and the semicolon; it should split at both."
    )
    if colon == "KeyError":
        note(PRINTING)
    else:
        run.equal(colon, [3, 1, 0], what="`encode('so:tea')`")
        run.equal(semicolon, [3, 2, 0], what="`encode('so;tea')`")


# General checks
test_manners = common_checks.manners("example")
