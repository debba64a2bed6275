"""Probes for BasicTokenizer. In the training texts, no two pairs tie for the most frequent."""

from exercises.kit import Int, Ints, Text

CATS = (
    "cat the cat the cat cat that hat the the the that chat chat then cat then cat the chat hat cat chat cat cat "
    "the other cat other chat that other hat hat chat the cat the that"
)  # nine merges: at, "at ", th, the, "cat ", "hat ", "the ", "chat ", "cat the "
ACCENTS = "né née née né é née née née 日本 é é été"  # three merges: é, né, " né"
RANKED = "bc.bc,bc;bc:bc!ab?ab-ab+cd=cd"  # three merges: bc, ab, cd
NEW = ["the cat", "that hatch", "cat the cat the other", "thatat atthe", "no merge", "Cat"]
TEXTS = ["", "a", " ", "the cat in the hat", "tabs\tand\nnew lines\r\n", "né, 日本, 🙂🙂", "\x00\x7f", "CAT"]


def train_tokenizer(impl, text, merges, verbose=False):
    tokenizer = impl.BasicTokenizer()
    if verbose:
        tokenizer.train(text, 256 + merges, verbose=True)
    else:
        tokenizer.train(text, 256 + merges)
    return tokenizer


def example(impl):
    """The worked example, and a longer text that distinguishes more mistakes."""
    tokenizer = train_tokenizer(impl, "aaabdaaabac", 3)
    ids = tokenizer.encode("aaabdaaabac")
    return {"ids": ids, "text": tokenizer.decode(ids), "cats": train_tokenizer(impl, CATS, 9).encode(CATS)}


def learned(impl, merges=9):
    """The bytes of each new id, and the encoded training text."""
    tokenizer = train_tokenizer(impl, CATS, merges)
    ids = tokenizer.encode(CATS)
    return {"ids": ids, "tokens": [tokenizer.decode([256 + i]) for i in range(merges)]}


def some_learned(impl, merges=4):
    """Encodes the training text after fewer merges."""
    return train_tokenizer(impl, CATS, merges).encode(CATS)


def new_texts(impl):
    """Encodes texts that are not the training text."""
    tokenizer = train_tokenizer(impl, CATS, 9)
    return {text: tokenizer.encode(text) for text in NEW}


def ranks(impl):
    """Encodes texts in which a later merge occurs first or more often."""
    tokenizer = train_tokenizer(impl, RANKED, 3)
    return {text: tokenizer.encode(text) for text in ("abc", "abcab", "abcbc", "bcd", "abcdcd")}


def not_ascii(impl):
    """Trains on characters of several bytes."""
    tokenizer = train_tokenizer(impl, ACCENTS, 3)
    return {text: tokenizer.encode(text) for text in ("né", "née né 🙂 é", "日本")}


def nothing_learned(impl):
    """Encodes with vocab_size 256, that is, without merges."""
    return train_tokenizer(impl, CATS, 0).encode("the hat, né 🙂")


def shortest(impl):
    """An empty text, a single letter, and an empty list of ids."""
    tokenizer = train_tokenizer(impl, CATS, 9)
    return {"empty": tokenizer.encode(""), "one": tokenizer.encode("a"), "none": tokenizer.decode([])}


def round_trips(impl):
    """Encodes and decodes texts."""
    tokenizer = train_tokenizer(impl, CATS + ACCENTS, 12)
    return [tokenizer.decode(tokenizer.encode(text)) for text in TEXTS]


def invalid(impl):
    """Decodes ids that are not valid UTF-8: a stray byte, and half an emoji between letters."""
    tokenizer = train_tokenizer(impl, CATS, 9)
    return [tokenizer.decode(ids) for ids in ([128], [97, 240, 159, 98], [97, 255, 98])]


def spread(impl):
    """Decodes a character whose four bytes are four ids."""
    return train_tokenizer(impl, CATS, 9).decode([97, 240, 159, 153, 130, 256])


def trained_again(impl):
    """Trains on a text, then with fewer merges on a different text."""
    tokenizer = train_tokenizer(impl, CATS, 9)
    before = tokenizer.encode("the cat")
    tokenizer.train(RANKED, 258)
    return {"before": before, "after": tokenizer.encode("the cat bc"), "token": tokenizer.decode([256])}


def two(impl):
    """A text encoded before and after a second tokenizer is trained."""
    cats = train_tokenizer(impl, CATS, 9)
    before = cats.encode("the cat bc")
    train_tokenizer(impl, RANKED, 2)
    return [before, cats.encode("the cat bc")]


def verbose(impl):
    """Trains with verbose=True."""
    return train_tokenizer(impl, CATS, 5, verbose=True).encode(CATS)


def any_text(impl, text: Text[0, 200] = "the cat that hat chat né 🙂", merges: Int[0, 9] = 9):
    """Encodes any text after up to nine merges."""
    return train_tokenizer(impl, CATS, merges).encode(text)


def any_training(impl, text: Text[2, 80] = "aaabdaaabac", merges: Int[0, 8] = 3):
    """Trains on any text, encodes it, and decodes each new id."""
    tokenizer = train_tokenizer(impl, text, merges)
    return {"ids": tokenizer.encode(text), "tokens": [tokenizer.decode([256 + i]) for i in range(merges)]}


def any_ids(impl, ids: Ints[0, 16, 0, 264] = (97, 240, 159, 153, 130, 256)):
    """Decodes any ids."""
    return train_tokenizer(impl, CATS, 9).decode(list(ids))
