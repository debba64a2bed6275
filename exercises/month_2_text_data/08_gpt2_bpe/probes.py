"""What is asked of a GPT2Tokenizer: a small vocabulary in GPT-2's form, with ids in an order of its own."""

from grader.probing import Int, Ints, Text

END = "<|endoftext|>"
ALLOWED = {END}


def spelling():
    """GPT-2's character for each byte."""
    seen = [b for b in range(256) if 33 <= b <= 126 or 161 <= b <= 172 or b >= 174]
    hidden = [b for b in range(256) if b not in seen]
    return {b: chr(b) for b in seen} | {b: chr(256 + place) for place, b in enumerate(hidden)}


# in the order of their ranks; the last of them cross the borders of pieces, so GPT-2's split keeps them from being made
PAIRS = [
    ("h", "e"), ("i", "n"), (" ", "t"), (" t", "he"), ("t", "h"), ("in", "g"), ("th", "in"), ("a", "n"), (" ", "a"),
    (" ", "an"), ("an", "d"), ("l", "l"), ("'", "s"), ("'", "ll"), ("e", "r"), ("c", "a"), ("ca", "t"), (" ", "cat"),
    ("!", "!"), ("\n", "\n"), (" ", " "), ("1", "2"), ("12", "3"), ("a", "a"), ("ing", "s"),
    (b"\xc3", b"\xa9"), (b" ", b"\xc3\xa9"), (b"\xe6", b"\x97"), (b"\xe6\x97", b"\xa5"), (b"\xf0", b"\x9f"),
    (b"\xf0\x9f", b"\x99"), (b"\x82", b"\xf0"), ("e", " "), ("t", "."), ("t", "'"), ("\n", "t"), ("g", "1"), ("e", "<"),
]  # fmt: skip


def vocabulary(step=7):
    """(encoder, merges): 256 bytes, the merges, and the special token; ids go round in steps."""
    spelled = spelling()

    def spell(part):
        return "".join(spelled[b] for b in (part.encode("utf-8") if isinstance(part, str) else part))

    merges = [(spell(left), spell(right)) for left, right in PAIRS]
    tokens = [*sorted(spelled.values()), *dict.fromkeys(left + right for left, right in merges), END]
    return {token: 300 + place * step % 997 for place, token in enumerate(tokens)}, merges


def tokenizer(impl):
    return impl.GPT2Tokenizer(*vocabulary())


def spelled_out(ids):
    """The ids as tokens, which tell a reader more; what is no id is left as it is."""
    names = {idx: token for token, idx in vocabulary()[0].items()}
    return [names.get(idx, idx) for idx in ids] if isinstance(ids, list) else ids


def tokens_of(impl, texts):
    """Each text's tokens, by the names of its ids."""
    made = tokenizer(impl)
    return {text: spelled_out(made.encode(text)) for text in texts}


def example(impl):
    """The task's example, in tokens and in ids."""
    ids = tokenizer(impl).encode("thing")
    return {"tokens": spelled_out(ids), "ids": ids}


def ranks(impl):
    """Pieces in which several merges are possible."""
    return tokens_of(
        impl, ["thing", "the", "then", "thinking", "singer", "aaa", "aaaa", "hand", "things", "thingsandcatsthe"]
    )


def words(impl):
    """Words with the space before them."""
    return tokens_of(impl, ["the cat and the thing", " the", "a cat", "can the cats sing", "x"])


def borders(impl):
    """Merges that would cross from one piece to the next."""
    return tokens_of(impl, ["the cat", "the the.", "cat's", "\nthe", "thing123", "it'll", "cat. the", "12312", "he!! "])


def spread(impl):
    """Accents, other alphabets and emoji."""
    return tokens_of(impl, ["é", "né é", "日本", "日日", "🙂", "🙂🙂", "the 🙂 cat"])


def blanks(impl):
    """Tabs, new lines, several spaces, and bytes that cannot be seen."""
    return tokens_of(impl, ["a\tb", "a\n\n\nb", "a   the", "\r\n", "\x00\x7f", "a\u00a0b", "  ", "\n"])


def empty(impl):
    """Nothing."""
    made = tokenizer(impl)
    return {"ids": made.encode(""), "text": made.decode([])}


def special(impl):
    """<|endoftext|> between, before and after texts, several times, and glued to words."""
    made = tokenizer(impl)
    texts = ["the cat{}the thing", "{}", "{}the", "cat {}", "the{}{}cat{}", "a {} cat\n{}\n", "the cat"]
    texts = [text.replace("{}", END) for text in texts]
    return {text: spelled_out(made.encode(text, allowed_special=ALLOWED)) for text in texts}


def ids(impl):
    """Ids, as they are."""
    made = tokenizer(impl)
    return {text: made.encode(text, allowed_special=ALLOWED) for text in ("the cat", f"é{END}!!", "A")}


def decoded(impl):
    """Texts from ids that the probe chose."""
    encoder, _ = vocabulary()
    made = tokenizer(impl)
    lines = ["t he Ġcat Ġan d Ċ ĉ thin g", "Ã©", "A", "ĠĠ he !!", END, f"cat {END} Ġa"]
    return {line: made.decode([encoder[token] for token in line.split()]) for line in lines}


def characters(impl):
    """Characters whose bytes are several tokens, and bytes that are no character."""
    encoder, _ = vocabulary()
    made, spelled = tokenizer(impl), spelling()
    data = {"smile": "🙂".encode(), "half": b"a\xf0\x9fb", "stray": b"\x80", "two": "é日".encode()}
    return {name: made.decode([encoder[spelled[b]] for b in line]) for name, line in data.items()}


def round_trips(impl):
    """Texts to ids and back."""
    made = tokenizer(impl)
    texts = ["The cat, the hat!", "né 日本 🙂🙂", "tabs\tand\r\n\n  lines ", "\x00\x01\x7f\u00ad", "12 123's I'll", ""]
    return {text: made.decode(made.encode(text)) for text in texts}


def every_byte(impl):
    """All the characters from U+0000 to U+07FF, which hold nearly every byte, there and back."""
    text = "".join(map(chr, range(0x800)))
    made = tokenizer(impl)
    found = made.encode(text)
    return {"ids": found, "same": made.decode(found) == text}


def two(impl):
    """Two tokenizers; the first is asked again after the second was made. Inputs must stay as they are."""
    encoder, merges = vocabulary()
    first = impl.GPT2Tokenizer(encoder, merges)
    before = first.encode("the cat 🙂")
    kept = list(before)
    other, _ = vocabulary(step=11)
    second = impl.GPT2Tokenizer(other, merges[:2])
    text = first.decode(before)
    return {
        "before": kept,
        "second": second.encode("the cat 🙂"),
        "after": first.encode("the cat 🙂"),
        "text": text,
        "untouched": before == kept and (encoder, merges) == vocabulary() and other == vocabulary(step=11)[0],
    }


def for_tiktoken(impl):
    """The bytes of each token in the order of ranks, from which tiktoken can be made, and some texts' tokens."""
    texts = ["the cat and the things", "I'll sing 123!!", "né 日本 🙂", "\n\n\tthe   thing's"]
    back = {character: b for b, character in spelling().items()}
    encoder, merges = vocabulary()
    order = dict.fromkeys([*[t for t in encoder if len(t) == 1], *[left + right for left, right in merges]])
    data = {token: [back[c] for c in token] for token in order}
    return {"tokens": data, "texts": tokens_of(impl, texts)}


def any_text(
    impl, text: Text[0, 200] = "the cat and the things I'll sing 123!! é 日日 🙂 <|endoftext|>", special: Int[0, 1] = 0
):
    """The tokens of any text, and the text again; with `special` 1, <|endoftext|> may be one of them."""
    made = tokenizer(impl)
    ids = made.encode(text, allowed_special=ALLOWED) if special else made.encode(text)
    return {"tokens": spelled_out(ids), "text": made.decode(ids)}


def any_ids(impl, places: Ints[0, 16, 0, 294] = (71, 256, 260)):
    """The text of any tokens, each by its place in the vocabulary."""
    encoder, _ = vocabulary()
    ids = list(encoder.values())
    return tokenizer(impl).decode([ids[place] for place in places])
