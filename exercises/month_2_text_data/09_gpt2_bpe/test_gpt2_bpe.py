"""Checks for GPT2Tokenizer."""

from exercises.kit import common_checks


def compare_texts(run, probe, hint=""):
    """Compares the tokens of each text in a probe with the reference's."""
    results = run(probe)
    for text, expected in run.reference(probe).items():
        run.equal(results.get(text), expected, what=f"`encode({text!r})`, shown as tokens,", hint=hint)


def test_example(run):
    """The worked example gives the expected result

    Page: "th ing rank 3, before rank 4"
    """
    data, expected = run("example"), run.reference("example")
    run.equal(data["tokens"], ["th", "ing"], what='list of the tokens of "thing"')
    run.equal(data["ids"], expected["ids"], what='`encode("thing")`')


def test_ranks(run):
    """The pair with the lowest rank is merged first

    Page: "merge the pair with the LOWEST rank"
    """
    compare_texts(run, "ranks", hint="The first merges, in order, are h e, i n, Ġ t, Ġt he, t h, in g, th in, a n.")


def test_words(run):
    """Words with a leading space work

    Page: "A newline (byte 10) is thus spelled Ċ, and a space (byte 32) Ġ"
    """
    compare_texts(run, "words", hint="A space is spelled Ġ.")


def test_borders(run):
    """No merge crosses a piece boundary

    Page: "Without step 2, merges would cross word boundaries"
    """
    compare_texts(run, "borders", hint="Split with gpt2_split first, then merge within each piece.")


def test_bytes(run):
    """Accents, other alphabets and emoji are encoded as bytes

    Page: "Spell each piece: one character for each UTF-8 byte"
    """
    compare_texts(run, "spread", hint='Spell the bytes of piece.encode("utf-8").')


def test_blanks(run):
    """Invisible bytes are spelled with visible characters

    Page: "the other 68 bytes, in order chr(256), chr(257), chr(258), …"
    """
    hint = "The 68 bytes without a visible character are spelled chr(256), chr(257), … in order."
    compare_texts(run, "blanks", hint=hint)


def test_ids(run):
    """Ids are looked up in the encoder

    Page: "Ids come from `encoder`, not from the bytes"
    """
    for text, expected in run.reference("ids").items():
        run.equal(run("ids").get(text), expected, what=f"`encode({text!r})`")


def test_special(run):
    """<|endoftext|> is one id if allowed_special contains it

    Page: "Each <|endoftext|> becomes one id"
    """
    compare_texts(run, "special", hint='The call has allowed_special={"<|endoftext|>"}.')


def test_special_not_allowed(run):
    """<|endoftext|> is ordinary text otherwise

    Page: "Split the text at <|endoftext|>, if allowed_special and encoder contain it"
    """
    compare_texts(run, "not_allowed", hint="The call has no allowed_special.")


def test_against_tiktoken(run):
    """The tokens agree with tiktoken's

    Page: "`tiktoken.get_encoding("gpt2")` does the same"
    """
    import tiktoken

    data, tokens_by_rank = run("for_tiktoken"), run.reference("for_tiktoken")["tokens"]
    ranks = {bytes(token): rank for rank, token in enumerate(tokens_by_rank.values())}
    pattern = r"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+"
    encoding = tiktoken.Encoding("small", pat_str=pattern, mergeable_ranks=ranks, special_tokens={})
    names = list(tokens_by_rank)
    for text, tokens in data["texts"].items():
        expected = [names[rank] for rank in encoding.encode(text)]
        run.equal(tokens, expected, what=f"`encode({text!r})`, shown as tokens,")


def test_decode(run):
    """Ids are decoded to text

    Page: "Join the characters of the tokens, convert each to its byte, and decode the bytes as UTF-8"
    """
    results = run("decoded")
    for line, expected in run.reference("decoded").items():
        run.equal(results.get(line), expected, what=f"`decode` of the ids of {line}")


def test_characters(run):
    """A character can span several ids

    Page: "An emoji is four bytes and often several tokens. Decode all bytes together"
    """
    data, expected = run("characters"), run.reference("characters")
    hint = 'Join the bytes of all ids first, then decode once, with errors="replace".'
    run.equal(data["smile"], expected["smile"], what="`decode` of the four bytes of 🙂", hint=hint)
    run.equal(data["two"], expected["two"], what="`decode` of the five bytes of é日", hint=hint)
    run.equal(data["half"], expected["half"], what="`decode` of half an emoji between a and b", hint=hint)
    run.equal(data["stray"], expected["stray"], what="`decode` of the byte 128", hint=hint)


def test_round_trip(run):
    """Decoding restores the encoded text

    Page: "encode any text as exactly the ids that GPT-2 was trained on"
    """
    results = run("round_trips")
    for text in run.reference("round_trips"):
        run.equal(results.get(text), text, what=f"`decode(encode({text!r}))`")
    data = run("every_byte")
    run.equal(data["ids"], run.reference("every_byte")["ids"], what="`encode` of the characters U+0000 to U+07FF")
    run.equal(data["same"], True, what="`decode(encode(text)) == text` for the characters U+0000 to U+07FF")


def test_empty(run):
    """Empty texts and empty lists work

    Page: "An empty text gives `[]`, and `[]` an empty text"
    """
    data = run("empty")
    run.equal(data["ids"], [], what='`encode("")`')
    run.equal(data["text"], "", what="`decode([])`")


def test_two(run):
    """Tokenizers do not affect each other or modify their arguments

    Page: "Store the vocabulary on `self`, so that each tokenizer has its own, and leave the arguments unchanged"
    """
    data, expected = run("two"), run.reference("two")
    assert data["after"] == data["before"], (
        "Your `encode('the cat 🙂')` changes after a second tokenizer with a different vocabulary is created. Store "
        "the vocabulary on self; all tokenizers share what is on the class."
    )
    for name in ("encoder", "merges", "second encoder"):
        assert data["arguments"][name] == expected["arguments"][name], (
            f"Your tokenizer modifies the {name} that it receives; it should leave it unchanged."
        )
    assert data["arguments"]["list of ids"] == data["before"], (
        "Your `decode(ids)` modifies the list ids; it should not."
    )
    run.equal(data["text"], expected["text"], what="`decode` of the first tokenizer after a second one is created")


# General checks
test_manners = common_checks.manners("example")
