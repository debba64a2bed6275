"""GPT-2's ids: pieces, bytes, merges by rank; and back, whatever the ids."""

from grader import general


def every(run, probe, hint=""):
    """Compares the tokens of each text of a probe."""
    found = run(probe)
    for text, right in run.reference(probe).items():
        run.equal(found.get(text), right, what=f"encode({text!r}), by the names of its ids,", hint=hint)


def test_example(run):
    """The example of the task comes out right"""
    data, right = run("example"), run.reference("example")
    run.equal(data["tokens"], ["th", "ing"], what="list of the tokens of thing")
    run.equal(data["ids"], right["ids"], what='encode("thing")')


def test_ranks(run):
    """The pair of lowest rank is merged first"""
    every(run, "ranks", hint="The first merges are h e, i n, Ġ t, Ġt he, t h, in g, th in, a n, in this order.")


def test_words(run):
    """Words with the space before them"""
    every(run, "words", hint="A space is spelled Ġ.")


def test_borders(run):
    """No merge crosses from one piece to the next"""
    every(run, "borders", hint="Split with gpt2_split first, and merge within each piece alone.")


def test_bytes(run):
    """Accents, other alphabets and emoji are bytes"""
    every(run, "spread", hint='Spell the bytes of piece.encode("utf-8").')


def test_blanks(run):
    """Bytes that cannot be seen have characters of their own"""
    every(run, "blanks", hint="The 68 bytes that cannot be seen are spelled chr(256), chr(257), … in order.")


def test_ids(run):
    """Ids are looked up in the encoder"""
    for text, right in run.reference("ids").items():
        run.equal(run("ids").get(text), right, what=f"encode({text!r})")


def test_special(run):
    """<|endoftext|> is one id where it is allowed"""
    every(run, "special", hint='It was called with allowed_special={"<|endoftext|>"}.')


def test_against_tiktoken(run):
    """It agrees with tiktoken"""
    import tiktoken

    data, known = run("for_tiktoken"), run.reference("for_tiktoken")["tokens"]
    ranks = {bytes(token): rank for rank, token in enumerate(known.values())}
    pattern = r"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+"
    oracle = tiktoken.Encoding("small", pat_str=pattern, mergeable_ranks=ranks, special_tokens={})
    names = list(known)
    for text, tokens in data["texts"].items():
        right = [names[rank] for rank in oracle.encode(text)]
        run.equal(tokens, right, what=f"encode({text!r}), by the names of its ids,")


def test_decode(run):
    """Tokens become text"""
    found = run("decoded")
    for line, right in run.reference("decoded").items():
        run.equal(found.get(line), right, what=f"decode of the ids of {line}")


def test_characters(run):
    """A character may be spread over several ids"""
    data, right = run("characters"), run.reference("characters")
    hint = 'Join the bytes of all ids, then decode once, with errors="replace".'
    run.equal(data["smile"], right["smile"], what="decode of the four bytes of 🙂", hint=hint)
    run.equal(data["two"], right["two"], what="decode of the five bytes of é日", hint=hint)
    run.equal(data["half"], right["half"], what="decode of half an emoji between a and b", hint=hint)
    run.equal(data["stray"], right["stray"], what="decode of the byte 128", hint=hint)


def test_round_trip(run):
    """Decoding gives back the text"""
    found = run("round_trips")
    for text in run.reference("round_trips"):
        run.equal(found.get(text), text, what=f"decode(encode({text!r}))")
    data = run("every_byte")
    run.equal(data["ids"], run.reference("every_byte")["ids"], what="encode of the characters U+0000 to U+07FF")
    assert data["same"], "The characters U+0000 to U+07FF, encoded and decoded, are no longer the same."


def test_empty(run):
    """Nothing in, nothing out"""
    data = run("empty")
    run.equal(data["ids"], [], what='encode("")')
    run.equal(data["text"], "", what="decode([])")


def test_two(run):
    """Tokenizers do not mix, and nothing that is given is changed"""
    data, right = run("two"), run.reference("two")
    run.equal(data["before"], right["before"], what="encode")
    hint = "Two tokenizers were made, each with its own vocabulary: keep it on self."
    for name, what in (("second", "encode of a second tokenizer"), ("after", "encode of the first, asked again"),
                       ("text", "decode of the first, after the second was made")):  # fmt: skip
        run.equal(data[name], right[name], what=what, hint=hint)
    assert data["untouched"], "The encoder, the merges or the list of ids was changed; leave them as they are."


# what holds in every exercise
test_manners = general.manners("example")
