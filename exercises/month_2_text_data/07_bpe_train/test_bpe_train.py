"""Checks for BasicTokenizer."""

from exercises.kit import common_checks


def compare_ids(run, probe, hint=""):
    """Compares the ids of each text in a probe with the reference's."""
    results = run(probe)
    for text, ids in run.reference(probe).items():
        run.equal(results.get(text), ids, what=f"`encode({text!r})`", hint=hint)


def test_example(run):
    """The worked example gives the expected result

    Page: "258 d 258 a c = [258, 100, 258, 97, 99]"
    """
    data = run("example")
    run.equal(data["ids"], [258, 100, 258, 97, 99], what='`encode("aaabdaaabac")` after three merges')
    run.equal(data["text"], "aaabdaaabac", what="`decode([258, 100, 258, 97, 99])` after three merges")


def test_learned(run):
    """Training repeatedly merges the most frequent pair

    Page: "merge the most frequent pair in ids"
    """
    data, expected = run("learned"), run.reference("learned")
    hint = "No two pairs tie in the training text. get_stats also counts overlapping pairs."
    for idx, (token, right) in enumerate(zip(data["tokens"], expected["tokens"], strict=True), 256):
        run.equal(token, right, what=f"`decode([{idx}])` after nine merges", hint=hint)
    run.equal(data["ids"], expected["ids"], what="`encode` of the training text after nine merges")


def test_number_of_merges(run):
    """Training learns vocab_size - 256 merges

    Page: "for each new id 256, 257, …, vocab_size − 1"
    """
    run.same("some_learned", merges=4, what="`encode` of the training text after `train(text, 260)`")
    run.same("nothing_learned", what="`encode(text)` after `train(text, 256)`", hint="It should be the UTF-8 bytes.")


def test_new_texts(run):
    """Texts other than the training text are encoded

    Page: "while ids contains a learned pair"
    """
    compare_ids(run, "new_texts")


def test_ranks(run):
    """Pairs are merged in the order in which they were learned

    Page: "merge the pair that was learned FIRST"
    """
    compare_ids(run, "ranks", hint="Training learned (b, c) first, then (a, b), then (c, d).")


def test_bytes(run):
    """Text is read as UTF-8 bytes

    Page: "Start from bytes, not characters"
    """
    compare_ids(run, "not_ascii")


def test_shortest(run):
    """Empty and one-letter texts work

    Page: "The empty text is encoded as `[]`, and `[]` is decoded as an empty text"
    """
    data = run("shortest")
    run.equal(data["empty"], [], what='`encode("")`')
    run.equal(data["one"], [97], what='`encode("a")`')
    run.equal(data["none"], "", what="`decode([])`")


def test_round_trip(run):
    """Decoding restores the encoded text

    Page: "join the bytes of all ids, then decode them as UTF-8"
    """
    for decoded, text in zip(run("round_trips"), run.reference("round_trips"), strict=True):
        run.equal(decoded, text, what=f"`decode(encode({text!r}))`")


def test_invalid_bytes(run):
    """Invalid UTF-8 is decoded without an error

    Page: "Some lists of ids are not valid UTF-8, for example half an emoji. `decode` must not raise an error"
    """
    cases = zip(run("invalid"), run.reference("invalid"), strict=True)
    for (text, expected), ids in zip(cases, ("[128]", "[97, 240, 159, 98]", "[97, 255, 98]"), strict=True):
        run.equal(text, expected, what=f"`decode({ids})`", hint="Invalid bytes are decoded as �.")


def test_spread_character(run):
    """A character can span several ids

    Page: "the bytes of one character can belong to several ids"
    """
    run.same("spread", what="`decode([97, 240, 159, 153, 130, 256])`", hint="Join the bytes of all ids first.")


def test_starts_afresh(run):
    """Training again discards earlier merges

    Page: "Training again discards the earlier merges"
    """
    data, expected = run("trained_again"), run.reference("trained_again")
    run.equal(data["before"], expected["before"], what="`encode('the cat')` after the first training")
    hint = "train should start without merges."
    run.equal(data["after"], expected["after"], what="`encode('the cat bc')` after a second training", hint=hint)
    run.equal(data["token"], expected["token"], what="`decode([256])` after a second training", hint=hint)


def test_two(run):
    """Each tokenizer has its own merges

    Page: "Store them on `self`, so that each tokenizer has its own"
    """
    before, after = run("two")
    assert before == after, (
        f"Your `encode('the cat bc')` is {before} at first and {after} after a second tokenizer is trained. Store the "
        "merges on self; all tokenizers share what is on the class."
    )


def test_verbose(run):
    """verbose=True does not change what is learned

    Page: "With verbose=True, `train` can print what it learns; it learns the same"
    """
    run.same("verbose", what="`encode` of the training text after `train(text, 261, verbose=True)`")


# General checks
test_manners = common_checks.manners("example")
