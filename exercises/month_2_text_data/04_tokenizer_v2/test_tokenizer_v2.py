"""Checks for SimpleTokenizerV2."""

from exercises.kit import common_checks


def compare_texts(run, probe, hint=""):
    """Compares the ids of each text in a probe with the reference's."""
    results = run(probe)
    for text, ids in run.reference(probe).items():
        run.equal(results.get(text), ids, what=f"encode({text!r})", hint=hint)


def test_example(run):
    """The worked example gives the expected result"""
    data = run("example")
    run.equal(data["ids"], [1, 0, 5, 4, 3, 2], what="list of ids")
    run.equal(data["text"], "Hello, <|unk|> <|endoftext|> the tea", what="decoded text")


def test_known(run):
    """Known words are encoded as their own ids"""
    compare_texts(run, "known")


def test_unknown(run):
    """An unknown word is encoded as <|unk|>"""
    compare_texts(run, "unknown", hint="Here the id of <|unk|> is 19 and the id of <|endoftext|> is 20.")


def test_in_a_row(run):
    """Each unknown word gets its own id in the list"""
    compare_texts(run, "in_a_row", hint="Here the id of <|unk|> is 19. It should occur once for each unknown word.")


def test_case(run):
    """Upper and lower case are distinguished"""
    compare_texts(run, "cases", hint="The vocabulary has Tea, tea, Do, do, In and palace, only in this case.")


def test_end_of_text(run):
    """<|endoftext|> is one token"""
    compare_texts(run, "ends", hint="Here the id of <|unk|> is 19 and the id of <|endoftext|> is 20.")


def test_other_vocabulary(run):
    """<|unk|> can have any id"""
    compare_texts(run, "moved", hint="Here the id of <|unk|> is 7 and the id of <|endoftext|> is 19.")


def test_decode(run):
    """Special tokens are decoded, with no space before punctuation"""
    run.same("decoded", what="list of decoded texts")
    run.same("there_and_back", what="list of encoded and decoded texts")


def test_empty(run):
    """Empty texts and empty lists work"""
    data = run("empty")
    run.equal(data["empty"], [], what='encode("")')
    run.equal(data["none"], "", what="decode([])")


def test_nothing_kept(run):
    """Encoding does not modify the vocabulary"""
    data, expected = run("kept"), run.reference("kept")
    run.equal(data["first"], expected["first"], what='encode("the moon")')
    run.equal(data["other"], expected["other"], what='encode("stars, moon tea")')
    hint = "The first call returned a different result."
    run.equal(data["again"], expected["again"], what='second encode("the moon")', hint=hint)
    run.equal(data["vocab"], expected["vocab"], what="vocabulary after all calls", hint="It should be unchanged.")


def test_two(run):
    """Tokenizers do not affect each other"""
    run.same("two", hint="This check makes two tokenizers with different vocabularies. Store the vocabulary on self.")


# General checks
test_manners = common_checks.manners("example")
