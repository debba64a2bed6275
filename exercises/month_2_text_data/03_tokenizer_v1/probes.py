"""Probes for SimpleTokenizerV1. Only `colons` has colons or semicolons, on which the book's code varies."""

from exercises.kit import Ints, Text

HELLO = {"!": 0, ",": 1, "Hello": 2, "again": 3, "world": 4}
WORDS_TEXT = "! \" ' ( ) , -- . ? _ Do It No She So Tea We cat do it like no s said she so tea the we you"
WORDS = WORDS_TEXT.split()
VOCAB = {word: idx for idx, word in enumerate(WORDS)}
GAPS = {"the": 700, "cat": 12, "Tea": 5, ".": 90, ",": 3, "no": 41}  # unordered and not consecutive
SENTENCES = [
    "Do you like tea, she said.",
    "No! No, no. Do we?",
    "So the cat -- the cat -- said no.",
    "She said so",
    "tea",
    "Tea, tea, tea!",
]


def make_tokenizer(impl, vocab=None):
    return impl.SimpleTokenizerV1(dict(VOCAB if vocab is None else vocab))


def example(impl):
    """The worked example."""
    tokenizer = make_tokenizer(impl, HELLO)
    return {"ids": tokenizer.encode("Hello, world!"), "text": tokenizer.decode([2, 1, 4, 3, 0])}


def encoded(impl):
    """Encodes texts with every punctuation mark and kind of whitespace."""
    texts = [*SENTENCES, '"Do you?" she said.', "(so it said)", "the\ncat\tsaid  no"]
    tokenizer = make_tokenizer(impl)
    return {text: tokenizer.encode(text) for text in texts}


def glued(impl):
    """Encodes words with a separator and no space between them."""
    tokenizer = make_tokenizer(impl)
    return {text: tokenizer.encode(text) for text in ("It's so", "the_cat", "so--no")}


def colons(impl):
    """Encodes texts with colons and semicolons, or returns "KeyError" for a text."""
    tokenizer = make_tokenizer(impl, {"tea": 0, ":": 1, ";": 2, "so": 3})
    outcomes = []
    for text in ("so:tea", "so;tea"):
        try:
            outcomes.append(tokenizer.encode(text))
        except KeyError as error:
            if error.args != (text,):
                raise
            outcomes.append("KeyError")
    return outcomes


def decoded(impl):
    """Decodes two words with a punctuation mark between them, for each mark."""
    tokenizer = make_tokenizer(impl)
    return {
        mark: tokenizer.decode([VOCAB["she"], VOCAB[mark], VOCAB["said"]])
        for mark in [",", ".", "?", "!", '"', ")", "'"]
    }


def sentences(impl):
    """Decodes sentences."""
    tokenizer = make_tokenizer(impl)
    return [tokenizer.decode([VOCAB[word] for word in words.split()]) for words in
            ("She said , no !", "Do you like tea ?", "the cat -- no", "tea", "No ! No ! Do we ? So .")]  # fmt: skip


def round_trips(impl):
    """Encodes and decodes sentences."""
    tokenizer = make_tokenizer(impl)
    return {text: tokenizer.decode(tokenizer.encode(text)) for text in SENTENCES}


def gaps(impl):
    """Uses a vocabulary whose ids are unordered and not consecutive."""
    tokenizer = make_tokenizer(impl, GAPS)
    return {"ids": tokenizer.encode("the cat, no Tea."), "text": tokenizer.decode([5, 3, 12, 41, 700, 90])}


def unknown(impl):
    """The outcome for texts with words that are not in the vocabulary."""
    tokenizer = make_tokenizer(impl)
    outcomes = {}
    for text in ("the dog said no", "dog", "like TEA"):
        try:
            outcomes[text] = f"the result {tokenizer.encode(text)}"
        except KeyError:
            outcomes[text] = "KeyError"
    return outcomes


def empty(impl):
    """An empty text, whitespace, and an empty list of ids."""
    tokenizer = make_tokenizer(impl)
    return {"empty": tokenizer.encode(""), "blanks": tokenizer.encode(" \n "), "none": tokenizer.decode([])}


def two(impl):
    """Two tokenizers, the first also used after the second is created."""
    first = make_tokenizer(impl)
    before = first.encode("the cat")
    second = make_tokenizer(impl, GAPS)
    return {
        "before": before,
        "second": second.encode("the cat"),
        "after": first.encode("the cat"),
        "text": first.decode([VOCAB["the"], VOCAB["cat"]]),
    }


def repeated(impl):
    """Encodes two texts and the first again, and returns the ids and the vocabulary after the calls."""
    vocab = dict(VOCAB)
    tokenizer = impl.SimpleTokenizerV1(vocab)
    first = tokenizer.encode("the cat said no")
    first_copy = list(first)
    other, text = tokenizer.encode("so it, so."), tokenizer.decode(first)
    again = tokenizer.encode("the cat said no")
    return {"first": first_copy, "other": other, "again": again, "text": text, "ids": first, "vocab": vocab}


def any_text(impl, text: Text[0, 200] = 'Do you like tea, she said. "No!" So the cat -- no (it\'s so)?'):
    """Encodes and decodes any text, or returns "KeyError". Colons and semicolons are replaced by commas."""
    tokenizer = make_tokenizer(impl)
    try:
        ids = tokenizer.encode(text.replace(":", ",").replace(";", ","))
    except KeyError:
        return "KeyError"
    return {"ids": ids, "text": tokenizer.decode(ids)}


def any_ids(impl, ids: Ints[0, 16, 0, 29] = (14, 5, 22, 8)):
    """Decodes any ids of the vocabulary."""
    return make_tokenizer(impl).decode(list(ids))
