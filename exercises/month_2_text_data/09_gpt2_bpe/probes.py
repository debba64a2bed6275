"""Probes for GPT2Tokenizer, with a small vocabulary in GPT-2's format whose ids are not in rank order."""

from exercises.kit import Int, Ints, Text

END = "<|endoftext|>"
ALLOWED = {END}


def byte_characters():
    """Returns GPT-2's character for each byte."""
    visible = [b for b in range(256) if 33 <= b <= 126 or 161 <= b <= 172 or b >= 174]
    invisible = [b for b in range(256) if b not in visible]
    return {b: chr(b) for b in visible} | {b: chr(256 + index) for index, b in enumerate(invisible)}


# In rank order. The last ones cross piece boundaries, so they apply only if the text is not split into pieces.
PAIRS = [
    ("h", "e"), ("i", "n"), (" ", "t"), (" t", "he"), ("t", "h"), ("in", "g"), ("th", "in"), ("a", "n"), (" ", "a"),
    (" ", "an"), ("an", "d"), ("l", "l"), ("'", "s"), ("'", "ll"), ("e", "r"), ("c", "a"), ("ca", "t"), (" ", "cat"),
    ("!", "!"), ("\n", "\n"), (" ", " "), ("1", "2"), ("12", "3"), ("a", "a"), ("ing", "s"),
    (b"\xc3", b"\xa9"), (b" ", b"\xc3\xa9"), (b"\xe6", b"\x97"), (b"\xe6\x97", b"\xa5"), (b"\xf0", b"\x9f"),
    (b"\xf0\x9f", b"\x99"), (b"\x82", b"\xf0"), ("e", " "), ("t", "."), ("t", "'"), ("\n", "t"), ("g", "1"), ("e", "<"),
]  # fmt: skip


def vocabulary(step=7):
    """Returns (encoder, merges). The ids of the bytes, merged tokens and END are `step` apart, modulo 997."""
    characters_by_byte = byte_characters()

    def spell(part):
        return "".join(characters_by_byte[b] for b in (part.encode("utf-8") if isinstance(part, str) else part))

    merges = [(spell(left), spell(right)) for left, right in PAIRS]
    tokens = [*sorted(characters_by_byte.values()), *dict.fromkeys(left + right for left, right in merges), END]
    return {token: 300 + index * step % 997 for index, token in enumerate(tokens)}, merges


def make_tokenizer(impl):
    return impl.GPT2Tokenizer(*vocabulary())


def token_names(ids):
    """Returns the tokens of the ids, which make messages readable. Leaves unknown ids unchanged."""
    names = {idx: token for token, idx in vocabulary()[0].items()}
    return [names.get(idx, idx) for idx in ids] if isinstance(ids, list) else ids


def tokens_of(impl, texts):
    """Maps each text to its tokens."""
    tokenizer = make_tokenizer(impl)
    return {text: token_names(tokenizer.encode(text)) for text in texts}


def example(impl):
    """The worked example, as tokens and as ids."""
    ids = make_tokenizer(impl).encode("thing")
    return {"tokens": token_names(ids), "ids": ids}


def ranks(impl):
    """Pieces with several possible merges."""
    return tokens_of(
        impl, ["thing", "the", "then", "thinking", "singer", "aaa", "aaaa", "hand", "things", "thingsandcatsthe"]
    )


def words(impl):
    """Words with a leading space."""
    return tokens_of(impl, ["the cat and the thing", " the", "a cat", "can the cats sing", "x"])


def borders(impl):
    """Texts in which merges would cross piece boundaries."""
    return tokens_of(impl, ["the cat", "the the.", "cat's", "\nthe", "thing123", "it'll", "cat. the", "12312", "he!! "])


def spread(impl):
    """Accents, other alphabets and emoji."""
    return tokens_of(impl, ["é", "né é", "日本", "日日", "🙂", "🙂🙂", "the 🙂 cat"])


def blanks(impl):
    """Tabs, newlines, several spaces, and invisible bytes."""
    return tokens_of(impl, ["a\tb", "a\n\n\nb", "a   the", "\r\n", "\x00\x7f", "a\u00a0b", "  ", "\n"])


def empty(impl):
    """An empty text and an empty list of ids."""
    tokenizer = make_tokenizer(impl)
    return {"ids": tokenizer.encode(""), "text": tokenizer.decode([])}


def special(impl):
    """<|endoftext|> between, before and after texts, repeated, and next to words without spaces."""
    tokenizer = make_tokenizer(impl)
    texts = ["the cat{}the thing", "{}", "{}the", "cat {}", "the{}{}cat{}", "a {} cat\n{}\n", "the cat"]
    texts = [text.replace("{}", END) for text in texts]
    return {text: token_names(tokenizer.encode(text, allowed_special=ALLOWED)) for text in texts}


def not_allowed(impl):
    """<|endoftext|> without allowed_special, which is ordinary text."""
    return tokens_of(impl, [f"cat{END}", f"{END} the"])


def ids(impl):
    """Encodes texts to ids."""
    tokenizer = make_tokenizer(impl)
    return {text: tokenizer.encode(text, allowed_special=ALLOWED) for text in ("the cat", f"é{END}!!", "A")}


def decoded(impl):
    """Decodes ids that the probe chooses."""
    encoder, _ = vocabulary()
    tokenizer = make_tokenizer(impl)
    lines = ["t he Ġcat Ġan d Ċ ĉ thin g", "Ã©", "A", "ĠĠ he !!", END, f"cat {END} Ġa"]
    return {line: tokenizer.decode([encoder[token] for token in line.split()]) for line in lines}


def characters(impl):
    """Decodes characters that span several tokens, and bytes that are not valid UTF-8."""
    encoder, _ = vocabulary()
    tokenizer, characters_by_byte = make_tokenizer(impl), byte_characters()
    data = {"smile": "🙂".encode(), "half": b"a\xf0\x9fb", "stray": b"\x80", "two": "é日".encode()}
    return {name: tokenizer.decode([encoder[characters_by_byte[b]] for b in line]) for name, line in data.items()}


def round_trips(impl):
    """Encodes and decodes texts."""
    tokenizer = make_tokenizer(impl)
    texts = ["The cat, the hat!", "né 日本 🙂🙂", "tabs\tand\r\n\n  lines ", "\x00\x01\x7f\u00ad", "12 123's I'll", ""]
    return {text: tokenizer.decode(tokenizer.encode(text)) for text in texts}


def every_byte(impl):
    """Encodes and decodes the characters U+0000 to U+07FF, whose UTF-8 contains nearly every byte."""
    text = "".join(map(chr, range(0x800)))
    tokenizer = make_tokenizer(impl)
    ids = tokenizer.encode(text)
    return {"ids": ids, "same": tokenizer.decode(ids) == text}


def two(impl):
    """Two tokenizers, the first also used after the second is created, and the arguments after the calls."""
    encoder, merges = vocabulary()
    first = impl.GPT2Tokenizer(encoder, merges)
    before = first.encode("the cat 🙂")
    before_copy = list(before)
    other, _ = vocabulary(step=11)
    second = impl.GPT2Tokenizer(other, merges[:2])
    text = first.decode(before)
    return {
        "before": before_copy,
        "second": second.encode("the cat 🙂"),
        "after": first.encode("the cat 🙂"),
        "text": text,
        "arguments": {"encoder": encoder, "merges": merges, "second encoder": other, "list of ids": before},
    }


def for_tiktoken(impl):
    """The bytes of each token in rank order, for building a tiktoken encoding, and the tokens of some texts."""
    texts = ["the cat and the things", "I'll sing 123!!", "né 日本 🙂", "\n\n\tthe   thing's"]
    byte_values = {character: b for b, character in byte_characters().items()}
    encoder, merges = vocabulary()
    ordered_tokens = dict.fromkeys([*[t for t in encoder if len(t) == 1], *[left + right for left, right in merges]])
    token_bytes = {token: [byte_values[c] for c in token] for token in ordered_tokens}
    return {"tokens": token_bytes, "texts": tokens_of(impl, texts)}


def any_text(
    impl, text: Text[0, 200] = "the cat and the things I'll sing 123!! é 日日 🙂 <|endoftext|>", special: Int[0, 1] = 0
):
    """Encodes and decodes any text. If `special` is 1, <|endoftext|> is allowed."""
    tokenizer = make_tokenizer(impl)
    ids = tokenizer.encode(text, allowed_special=ALLOWED) if special else tokenizer.encode(text)
    return {"tokens": token_names(ids), "text": tokenizer.decode(ids)}


def any_ids(impl, places: Ints[0, 16, 0, 294] = (71, 256, 260)):
    """Decodes any tokens, given by their positions in the vocabulary."""
    encoder, _ = vocabulary()
    ids = list(encoder.values())
    return make_tokenizer(impl).decode([ids[place] for place in places])
