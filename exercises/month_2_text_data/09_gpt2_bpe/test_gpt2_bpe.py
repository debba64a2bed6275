"""Checks for GPT2Tokenizer."""

from exercises.kit import common_checks


def compare_texts(run, probe, hint=""):
    """Compares the tokens of each text in a probe with the reference's."""
    results = run(probe)
    for text, expected in run.reference(probe).items():
        run.equal(results.get(text), expected, what=f"encode({text!r}), shown as tokens,", hint=hint)


def test_example(run):
    """The worked example gives the expected result"""
    data, expected = run("example"), run.reference("example")
    run.equal(data["tokens"], ["th", "ing"], what='list of the tokens of "thing"')
    run.equal(data["ids"], expected["ids"], what='encode("thing")')


def test_ranks(run):
    """The pair with the lowest rank is merged first"""
    compare_texts(run, "ranks", hint="The first merges, in order, are h e, i n, Ġ t, Ġt he, t h, in g, th in, a n.")


def test_words(run):
    """Words with a leading space work"""
    compare_texts(run, "words", hint="A space is spelled Ġ.")


def test_borders(run):
    """No merge crosses a piece boundary"""
    compare_texts(run, "borders", hint="Split with gpt2_split first, then merge within each piece.")


def test_bytes(run):
    """Accents, other alphabets and emoji are encoded as bytes"""
    compare_texts(run, "spread", hint='Spell the bytes of piece.encode("utf-8").')


def test_blanks(run):
    """Invisible bytes are spelled with visible characters"""
    hint = "The 68 bytes without a visible character are spelled chr(256), chr(257), … in order."
    compare_texts(run, "blanks", hint=hint)


def test_ids(run):
    """Ids are looked up in the encoder"""
    for text, expected in run.reference("ids").items():
        run.equal(run("ids").get(text), expected, what=f"encode({text!r})")


def test_special(run):
    """<|endoftext|> is one id if allowed_special contains it"""
    compare_texts(run, "special", hint='The call has allowed_special={"<|endoftext|>"}.')


def test_against_tiktoken(run):
    """The tokens agree with tiktoken's"""
    import tiktoken

    data, tokens_by_rank = run("for_tiktoken"), run.reference("for_tiktoken")["tokens"]
    ranks = {bytes(token): rank for rank, token in enumerate(tokens_by_rank.values())}
    pattern = r"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+"
    encoding = tiktoken.Encoding("small", pat_str=pattern, mergeable_ranks=ranks, special_tokens={})
    names = list(tokens_by_rank)
    for text, tokens in data["texts"].items():
        expected = [names[rank] for rank in encoding.encode(text)]
        run.equal(tokens, expected, what=f"encode({text!r}), shown as tokens,")


def test_decode(run):
    """Ids are decoded to text"""
    results = run("decoded")
    for line, expected in run.reference("decoded").items():
        run.equal(results.get(line), expected, what=f"decode of the ids of {line}")


def test_characters(run):
    """A character can span several ids"""
    data, expected = run("characters"), run.reference("characters")
    hint = 'Join the bytes of all ids first, then decode once, with errors="replace".'
    run.equal(data["smile"], expected["smile"], what="decode of the four bytes of 🙂", hint=hint)
    run.equal(data["two"], expected["two"], what="decode of the five bytes of é日", hint=hint)
    run.equal(data["half"], expected["half"], what="decode of half an emoji between a and b", hint=hint)
    run.equal(data["stray"], expected["stray"], what="decode of the byte 128", hint=hint)


def test_round_trip(run):
    """Decoding restores the encoded text"""
    results = run("round_trips")
    for text in run.reference("round_trips"):
        run.equal(results.get(text), text, what=f"decode(encode({text!r}))")
    data = run("every_byte")
    run.equal(data["ids"], run.reference("every_byte")["ids"], what="encode of the characters U+0000 to U+07FF")
    assert data["same"], "Your decode does not restore the encoded characters U+0000 to U+07FF; it should."


def test_empty(run):
    """Empty texts and empty lists work"""
    data = run("empty")
    run.equal(data["ids"], [], what='encode("")')
    run.equal(data["text"], "", what="decode([])")


def test_two(run):
    """Tokenizers do not affect each other or modify their arguments"""
    data, expected = run("two"), run.reference("two")
    run.equal(data["before"], expected["before"], what="encode")
    hint = "This check makes two tokenizers with different vocabularies. Store the vocabulary on self."
    for name, what in (("second", "encode of a second tokenizer"), ("after", "encode of the first tokenizer again"),
                       ("text", "decode of the first tokenizer after creating the second")):  # fmt: skip
        run.equal(data[name], expected[name], what=what, hint=hint)
    for name, value in expected["arguments"].items():
        run.equal(data["arguments"][name], value, what=f"{name} after the calls", hint="Leave the arguments unchanged.")


# General checks
test_manners = common_checks.manners("example")
