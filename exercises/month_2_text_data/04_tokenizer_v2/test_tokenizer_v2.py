"""Checks for SimpleTokenizerV2."""

from exercises.kit import common_checks

PRINTING = (
    "Your encode does not split at colons and semicolons, as in one printing of the book; later printings split there. "
    "Both are accepted."
)
IDS = "Here the id of <|unk|> is 20 and the id of <|endoftext|> is 21."


def compare_ids(run, probe, hint=""):
    """Compares the ids of each text in a probe with the reference's."""
    results = run(probe)
    for text, ids in run.reference(probe).items():
        run.equal(results.get(text), ids, what=f"`encode({text!r})`", hint=hint)


def test_example(run):
    """The worked example gives the expected result

    Page: "ids 1 0 5 4 3 2 decoded Hello, <|unk|> <|endoftext|> the tea"
    """
    data = run("example")
    run.equal(data["ids"], [1, 0, 5, 4, 3, 2], what='`encode("Hello, palace <|endoftext|> the tea")`')
    what = "`decode([1, 0, 5, 4, 3, 2])` in the worked example"
    run.equal(data["text"], "Hello, <|unk|> <|endoftext|> the tea", what=what)


def test_known(run):
    """Known words are encoded as their own ids

    Page: "it replaces each word that is not in the vocabulary"
    """
    compare_ids(run, "known")


def test_glued(run):
    """Words are split at an apostrophe, an underscore and a double dash

    Page: "`sun's`, `the_sun` and `sun--so` are three tokens each"
    """
    compare_ids(run, "glued", hint="split_words splits there; encode should call it.")


def test_unknown(run):
    """An unknown word is encoded as <|unk|>

    Page: "it replaces each word that is not in the vocabulary by `"<|unk|>"`"
    """
    compare_ids(run, "unknown", hint=IDS)


def test_in_a_row(run):
    """Each unknown word gets its own id in the list

    Page: "Several unknown words in a row give several ids: one id for each word"
    """
    compare_ids(run, "in_a_row", hint="Here the id of <|unk|> is 20. It should occur once for each unknown word.")


def test_case(run):
    """Upper and lower case are distinguished

    Page: "`Tea` and `tea` are different words"
    """
    compare_ids(run, "cases", hint="The vocabulary has Tea, tea, Do, do, In and palace, only in this case.")


def test_end_of_text(run):
    """<|endoftext|> is one token

    Page: "`split_words` returns it as one token if whitespace surrounds it"
    """
    compare_ids(run, "ends", hint=IDS)


def test_other_vocabulary(run):
    """<|unk|> can have any id

    Page: "Look up the id of `<|unk|>` in the vocabulary. It can be any number"
    """
    compare_ids(run, "moved", hint="Here the id of <|unk|> is 7 and the id of <|endoftext|> is 19.")


def test_decode(run):
    """Special tokens are decoded, with no space before punctuation

    Page: "`decode` works as in `SimpleTokenizerV1`"
    """
    for actual, expected in zip(run("decoded"), run.reference("decoded"), strict=True):
        run.equal(actual, expected, what=f"`decode` of the ids of {expected!r}")
    texts = ("Do you like coffee?", "the sun. <|endoftext|> In the moon, so!", "Hello, do you like tea")
    for actual, expected, text in zip(run("there_and_back"), run.reference("there_and_back"), texts, strict=True):
        run.equal(actual, expected, what=f"`decode(encode({text!r}))`")


def test_empty(run):
    """Empty texts and empty lists work

    Page: "An empty text gives an empty list of ids, and an empty list an empty text"
    """
    data = run("empty")
    run.equal(data["empty"], [], what='`encode("")`')
    run.equal(data["none"], "", what="`decode([])`")


def test_nothing_kept(run):
    """Encoding does not modify the vocabulary

    Page: "Do not add unknown words to the vocabulary"
    """
    data = run("kept")
    assert data["vocab"] == run.reference("kept")["vocab"], (
        "Your tokenizer modifies the dictionary vocab that it receives; it should leave it unchanged."
    )
    assert data["again"] == data["first"], (
        f"Your `encode('the moon')` is {data['first']} at first and {data['again']} after other calls; equal calls "
        "should give equal results."
    )


def test_two(run):
    """Each tokenizer has its own vocabulary

    Page: "store it on `self`, so that each tokenizer has its own"
    """
    run.same("two", what="result of two tokenizers with different vocabularies", hint="Store the vocabulary on self.")


def test_colons(run, note):
    """Colons and semicolons are split off, or not, throughout

    Page: "One printing of the book does not split at the colon and the semicolon here"
    """
    colon, semicolon = run.once("colons")
    if colon == semicolon == [4]:
        note(PRINTING)
    elif not colon == semicolon == colon[:1]:  # one id: "so:tea" is a single unknown word
        run.equal(colon, [3, 1, 0], what="`encode('so:tea')`", hint="The ids are so=3, :=1 and tea=0.")
        run.equal(semicolon, [3, 2, 0], what="`encode('so;tea')`", hint="The ids are so=3, ;=2 and tea=0.")


# General checks
test_manners = common_checks.manners("example")
