"""A byte-pair tokenizer: learns by frequency, encodes by rank, decodes anything."""

from grader import general


def test_example(run):
    """The example of the task comes out right"""
    data = run("example")
    run.equal(data["ids"], [258, 100, 258, 97, 99], what='encode("aaabdaaabac")')
    run.equal(data["text"], "aaabdaaabac", what="decode of these ids")


def test_learned(run):
    """The most frequent pair is merged, again and again"""
    data, right = run("learned"), run.reference("learned")
    hint = "In the training text no two pairs tie; get_stats counts overlapping pairs too."
    run.equal(data["tokens"], right["tokens"], what="list of what ids 256 to 264 stand for", hint=hint)
    run.equal(data["ids"], right["ids"], what="encode of the training text")


def test_number_of_merges(run):
    """vocab_size - 256 merges are learned"""
    largest = max(run("some_learned", merges=4))
    assert largest == 259, (
        f"With vocab_size=260 the ids 256 to 259 are learned; the largest id that occurs is {largest}."
    )
    run.same("nothing_learned", what="encode with vocab_size=256", hint="These must be the UTF-8 bytes alone.")


def test_new_texts(run):
    """Texts that it was not trained on are encoded"""
    for text, ids in run.reference("new_texts").items():
        run.equal(run("new_texts").get(text), ids, what=f"encode({text!r})")


def test_ranks(run):
    """The pair learned first is merged first"""
    for text, ids in run.reference("ranks").items():
        hint = "(b, c) was learned first, then (a, b), then (c, d); merges are made in that order."
        run.equal(run("ranks").get(text), ids, what=f"encode({text!r})", hint=hint)


def test_bytes(run):
    """Text is taken as UTF-8 bytes"""
    for text, ids in run.reference("not_ascii").items():
        run.equal(run("not_ascii").get(text), ids, what=f"encode({text!r})", hint='Start from text.encode("utf-8").')


def test_shortest(run):
    """Empty and one-letter texts work"""
    data = run("shortest")
    run.equal(data["empty"], [], what='encode("")')
    run.equal(data["one"], [97], what='encode("a")')
    run.equal(data["none"], "", what="decode([])")


def test_round_trip(run):
    """Decoding gives back the text"""
    for back, text in zip(run("round_trips"), run.reference("round_trips"), strict=True):
        run.equal(back, text, what=f"decode(encode({text!r}))")


def test_invalid_bytes(run):
    """Bytes that are no valid UTF-8 are decoded too"""
    cases = zip(run("invalid"), run.reference("invalid"), strict=True)
    for (text, right), ids in zip(cases, ("[128]", "[97, 240, 159, 98]", "[260, 255, 258]"), strict=True):
        run.equal(text, right, what=f"decode({ids})", hint='Use errors="replace".')


def test_spread_character(run):
    """A character may be spread over several ids"""
    hint = "Join the bytes of all ids first and decode once."
    run.same("spread", what="decode([97, 240, 159, 153, 130, 256])", hint=hint)


def test_starts_afresh(run):
    """Training again forgets, and tokenizers do not mix"""
    run.same("trained_again", what="result", hint="train must begin with no merges.")
    run.same("two", what="result", hint="Are the merges kept on the class, so that all tokenizers share them?")


def test_repeatable(run):
    """Encoding and decoding change nothing"""
    data = run.same("repeated")
    run.equal(data["again"], data["first"], what="second encode of the same text")
    run.equal(data["ids"], data["first"], what="list of ids after decode")


def test_verbose(run):
    """verbose=True changes nothing but what is printed"""
    run.same("verbose", what="encode of the training text after train(…, verbose=True)")


# what holds in every exercise
test_manners = general.manners("example")
