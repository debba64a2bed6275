"""Checks for BasicTokenizer."""

from exercises.kit import common_checks


def test_example(run):
    """The worked example gives the expected result"""
    data = run("example")
    run.equal(data["ids"], [258, 100, 258, 97, 99], what='encode("aaabdaaabac")')
    run.equal(data["text"], "aaabdaaabac", what="decode of these ids")


def test_learned(run):
    """Training repeatedly merges the most frequent pair"""
    data, expected = run("learned"), run.reference("learned")
    hint = "No two pairs tie in the training text. get_stats also counts overlapping pairs."
    run.equal(data["tokens"], expected["tokens"], what="list of the texts of ids 256 to 264", hint=hint)
    run.equal(data["ids"], expected["ids"], what="encode of the training text")


def test_number_of_merges(run):
    """Training learns vocab_size - 256 merges"""
    largest = max(run("some_learned", merges=4))
    assert largest == 259, (
        f"With vocab_size=260 the largest id in your encoded training text is {largest}; it should be 259."
    )
    run.same("nothing_learned", what="encode with vocab_size=256", hint="It should return only the UTF-8 bytes.")


def test_new_texts(run):
    """Texts other than the training text are encoded"""
    for text, ids in run.reference("new_texts").items():
        run.equal(run("new_texts").get(text), ids, what=f"encode({text!r})")


def test_ranks(run):
    """Pairs are merged in the order in which they were learned"""
    for text, ids in run.reference("ranks").items():
        hint = "Training learned (b, c) first, then (a, b), then (c, d). encode should merge in this order."
        run.equal(run("ranks").get(text), ids, what=f"encode({text!r})", hint=hint)


def test_bytes(run):
    """Text is read as UTF-8 bytes"""
    for text, ids in run.reference("not_ascii").items():
        run.equal(run("not_ascii").get(text), ids, what=f"encode({text!r})", hint='Start from text.encode("utf-8").')


def test_shortest(run):
    """Empty and one-letter texts work"""
    data = run("shortest")
    run.equal(data["empty"], [], what='encode("")')
    run.equal(data["one"], [97], what='encode("a")')
    run.equal(data["none"], "", what="decode([])")


def test_round_trip(run):
    """Decoding restores the encoded text"""
    for decoded, text in zip(run("round_trips"), run.reference("round_trips"), strict=True):
        run.equal(decoded, text, what=f"decode(encode({text!r}))")


def test_invalid_bytes(run):
    """Invalid UTF-8 is decoded without an error"""
    cases = zip(run("invalid"), run.reference("invalid"), strict=True)
    for (text, expected), ids in zip(cases, ("[128]", "[97, 240, 159, 98]", "[260, 255, 258]"), strict=True):
        run.equal(text, expected, what=f"decode({ids})", hint='Use errors="replace".')


def test_spread_character(run):
    """A character can span several ids"""
    hint = "Join the bytes of all ids first, then decode once."
    run.same("spread", what="decode([97, 240, 159, 153, 130, 256])", hint=hint)


def test_starts_afresh(run):
    """Training again discards earlier merges, and tokenizers share none"""
    run.same("trained_again", what="result", hint="train should start without merges.")
    run.same("two", what="result", hint="Do you store the merges on the class? Then all tokenizers share them.")


def test_repeatable(run):
    """Encoding and decoding modify nothing"""
    data = run.same("repeated")
    run.equal(data["again"], data["first"], what="second encode of the same text")
    run.equal(data["ids"], data["first"], what="list of ids after decode")


def test_verbose(run):
    """verbose=True does not change what is learned"""
    run.same("verbose", what="encode of the training text after train(…, verbose=True)")


# General checks
test_manners = common_checks.manners("example")
